// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.


/**
 * Reads a JSON file as a whole; each item of a list in it is a record.
 */
export interface JsonSourceOptions {
  /**
   * The file, relative to the configuration.
   */
  path?: string;
  /**
   * A JSON file of an installed package: "@octokit/webhooks-examples/api.github.com/index.json".
   */
  module?: string;
  /**
   * A CEL expression over `document` that yields the list of records; lists in it are flattened. The document itself when left out.
   */
  records?: string;
}

/**
 * Reads a file of JSON values, one a line, as a stream; each line is a record. Blank lines are passed over.
 */
export interface NdjsonSourceOptions {
  /**
   * The file, relative to the configuration.
   */
  path: string;
  /**
   * What a line that is no JSON does: it fails the source, or is left out, counted and reported with its number.
   */
  onBadLine?: "fail" | "skip";
}

export const ndjsonSourceOptionsDefaults = {
  "onBadLine": "fail"
} as const;
