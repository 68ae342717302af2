// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Duration } from "@llmspell/base";
import type { Use } from "@llmspell/kernel";

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
  /**
   * What to watch for; looked at with every sample.
   */
  alerts?: AlertOptions[];
}
/**
 * A condition over the figures, and who is told when it begins and ceases to hold.
 */
export interface AlertOptions {
  /**
   * What the alert is called; its condition when left out.
   */
  name?: string;
  /**
   * A CEL condition over the figures, by part and name: `channel.analytics.pending > 8000`, `pool.search.duration.p99 > 500`, `source.feed.rates.received < 1`, `part.my_queue.mail.pending > 0` for a part of another plugin.
   */
  when: string;
  /**
   * How long the condition must hold without a break before the alert fires.
   */
  for?: Duration;
  /**
   * Who is told.
   *
   * @minItems 1
   */
  notify?: [Use, ...Use[]];
}

export const monitorSectionDefaults = {
  "interval": "100ms",
  "history": 600,
  "alerts": []
} as const;

export const alertOptionsDefaults = {
  "for": "0s",
  "notify": [
    "log"
  ]
} as const;
