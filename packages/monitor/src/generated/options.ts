// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Duration } from "@llmspell/base";

/**
 * The performance monitor: it reads the counters of every part, and keeps what it read.
 */
export interface MonitorSection {
  /**
   * The time between two samples; at least 10ms.
   */
  interval?: Duration;
  /**
   * How many samples of each part are kept: 600 of them at 100ms are the last minute.
   */
  history?: number;
}

export const monitorSectionDefaults = {
  "interval": "100ms",
  "history": 600
} as const;
