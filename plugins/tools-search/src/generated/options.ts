// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Bytes, Duration } from "@llmspell/base";

/**
 * Searches the files of a folder, by an index in memory that all instances share.
 */
export interface LocalSearchOptions {
  /**
   * The folder that is searched, with those below it.
   */
  folder: string;
  /**
   * Globs of the files that are read, relative to the folder. Of HTML the text is read, of everything else the file as it is.
   *
   * @minItems 1
   */
  include?: [string, ...string[]];
  /**
   * Globs of files and folders that are left out.
   */
  exclude?: string[];
  /**
   * Results there are at most; a call may ask for fewer.
   */
  maxResults?: number;
  /**
   * Characters of text around what was found.
   */
  snippet?: number;
  /**
   * Files that are read at most, in the order of their paths; further ones are counted as skipped.
   */
  maxFiles?: number;
  /**
   * A larger file is skipped.
   */
  maxFileSize?: Bytes;
  /**
   * What all files together may have; one that exceeds it is skipped. The index takes several times as much memory.
   */
  maxTotalSize?: Bytes;
  /**
   * A call looks for changed files first when nobody has for so long.
   */
  refreshInterval?: Duration;
}

export const localSearchOptionsDefaults = {
  "include": [
    "**/*.{md,markdown,txt,html,htm,json}"
  ],
  "exclude": [
    "**/node_modules",
    "**/.*"
  ],
  "maxResults": 10,
  "snippet": 300,
  "maxFiles": 10000,
  "maxFileSize": "1MiB",
  "maxTotalSize": "64MiB",
  "refreshInterval": "5s"
} as const;
