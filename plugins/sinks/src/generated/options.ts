// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.


/**
 * Writes each record as one line of JSON.
 */
export interface NdjsonSinkOptions {
  /**
   * The file, relative to the configuration. Directories that are missing are created.
   */
  path: string;
  /**
   * Whether a file that exists is begun anew or continued.
   */
  mode?: "overwrite" | "append";
  /**
   * Whether closing waits until the disk has everything, so that a power failure afterwards loses nothing.
   */
  fsync?: boolean;
}

export const ndjsonSinkOptionsDefaults = {
  "mode": "overwrite",
  "fsync": false
} as const;
