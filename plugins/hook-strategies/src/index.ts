export { sequentialStrategy } from "@llmspell/hooks";
export { AdaptiveStrategy } from "./adaptive.ts";
export type { AdaptiveStrategyOptions } from "./generated/options.ts";
export { parallelStrategy } from "./parallel.ts";
export { default } from "./plugin.ts";
