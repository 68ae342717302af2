export { CacheCommonQueries } from "./cache-common-queries.ts";
export { warmUpErrors } from "./errors.ts";
export type { CacheCommonQueriesOptions, InstanceTaskOptions } from "./generated/options.ts";
export { InstanceTask } from "./instance-task.ts";
export { default } from "./plugin.ts";
