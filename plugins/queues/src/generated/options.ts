// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Bytes, Duration } from "@llmspell/base";

/**
 * Keeps the waiting events of one channel in an SQLite file, so that the next run finds them.
 */
export interface SqliteQueueOptions {
  /**
   * The file, relative to the configuration; one for each channel. Directories that are missing are created.
   */
  path: string;
  /**
   * normal: what is kept outlives the process, however it ends; a power failure may take the last moments. full: it outlives that too; each commit waits for the disk.
   */
  synchronous?: "normal" | "full";
  /**
   * How many events, or acknowledgements, one commit writes at most.
   */
  commitSize?: number;
  /**
   * How long an event waits for others to be committed with; 0ms: for those that are emitted in the same moment only. A few milliseconds pay with `synchronous: full`.
   */
  commitInterval?: Duration;
  /**
   * How long a subscriber may take before its event is handed out again, while it may still be at work. When left out, an event that was handed out comes again in the next run only.
   */
  visibilityTimeout?: Duration;
  /**
   * How large the file may grow, its journal beside it (about 4 MiB) not counted. Events that find no room are refused.
   */
  maxSize?: Bytes;
}

export const sqliteQueueOptionsDefaults = {
  "synchronous": "normal",
  "commitSize": 100,
  "commitInterval": "0ms",
  "maxSize": "1GiB"
} as const;
