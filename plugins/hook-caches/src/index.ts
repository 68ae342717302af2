export { AdaptiveCache } from "./adaptive-cache.ts";
export { hookCacheErrors } from "./errors.ts";
export type { AdaptiveCacheOptions, InputCacheOptions, ResultCacheOptions } from "./generated/options.ts";
export { InputCache } from "./input-cache.ts";
export { default } from "./plugin.ts";
export { ResultCache } from "./result-cache.ts";
