// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Duration } from "@llmspell/base";

export interface AdaptiveStrategyOptions {
  /**
   * How long a run of a hook point should take at most. What does not fit is skipped, for the reason budget; required hooks, and what they depend on, always run.
   */
  budget?: Duration;
}

export const adaptiveStrategyOptionsDefaults = {
  "budget": "100ms"
} as const;
