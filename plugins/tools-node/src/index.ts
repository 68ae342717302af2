export { nodeToolErrors } from "./errors.ts";
export { FunctionTool } from "./function-tool.ts";
export type { FunctionToolOptions, WorkerToolOptions } from "./generated/options.ts";
export { default } from "./plugin.ts";
export type {
  ModuleDescription,
  ToolFunctionContext,
  ToolModule,
  WarmUpContext,
  WarmUpFunction,
} from "./tool-module.ts";
export { transferable } from "./transferable.ts";
export { WorkerTool } from "./worker-tool.ts";
