export { processToolErrors } from "./errors.ts";
export type { ProcessToolOptions } from "./generated/options.ts";
export { default } from "./plugin.ts";
export { ProcessTool, type ProcessToolDependencies } from "./process-tool.ts";
