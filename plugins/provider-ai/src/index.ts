export type { OpenAiCompatibleOptions } from "./generated/options.ts";
export { OpenAiCompatible } from "./openai-compatible.ts";
export { default } from "./plugin.ts";
