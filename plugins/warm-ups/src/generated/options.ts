// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.


/**
 * Options of the warm-up cache_common_queries.
 */
export interface CacheCommonQueriesOptions {
  /**
   * Inputs of the tool, with which it is called in this order; its outputs are dropped. Default: what the instance itself offers as `cache_common_queries`.
   *
   * @minItems 1
   */
  queries?: [unknown, ...unknown[]];
  /**
   * How many of the queries are under way at once.
   */
  concurrency?: number;
}

export const cacheCommonQueriesOptionsDefaults = {
  "concurrency": 4
} as const;

/**
 * Options of the warm-up instance_task.
 */
export interface InstanceTaskOptions {
  /**
   * The name under which the tool's instances offer it: for a module, a key of its export `warmUps`.
   */
  task: string;
}
