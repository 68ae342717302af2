// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Duration } from "@llmspell/base";

/**
 * Work of one key goes to the same member, as long as that is there and not overloaded.
 */
export interface ConsistentHashOptions {
  /**
   * How much more than its due share of the work under way a member may get: 1.25 is a quarter more, rounded up to whole calls. What is above goes to the key's next member. A large one keeps keys where they are, whatever the load.
   */
  loadFactor?: number;
}

export const consistentHashOptionsDefaults = {
  "loadFactor": 1.25
} as const;

/**
 * The one of two random members that will likely be ready sooner, judged by how long it took lately.
 */
export interface PeakEwmaOptions {
  /**
   * After this long what a member took weighs half. The shorter, the sooner a slow member is tried again.
   */
  halfLife?: Duration;
  /**
   * A failed call counts as one that took at least this long, so that a member that fails fast does not draw the work.
   */
  failurePenalty?: Duration;
}

export const peakEwmaOptionsDefaults = {
  "halfLife": "10s",
  "failurePenalty": "1s"
} as const;
