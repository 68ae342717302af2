// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Use } from "@llmspell/kernel";

/**
 * Options of the provider extractive.
 */
export interface ExtractiveOptions {
  /**
   * Sentences in an answer at most.
   */
  maxSentences?: number;
}

export const extractiveOptionsDefaults = {
  "maxSentences": 3
} as const;

/**
 * Options of the provider first_configured.
 */
export interface FirstConfiguredOptions {
  /**
   * The providers, the preferred one first. One is configured when nothing that it needs is unset; whether it can be reached is not tried.
   *
   * @minItems 1
   */
  providers: [Use, ...Use[]];
}
