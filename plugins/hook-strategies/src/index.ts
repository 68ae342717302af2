export { sequentialStrategy } from "@llmspell/hooks";
export { parallelStrategy } from "./parallel.ts";
export { default } from "./plugin.ts";
