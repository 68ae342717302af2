import type { Plugin } from "@llmspell/kernel";
import { FunctionTool } from "./function-tool.ts";
import { WorkerTool } from "./worker-tool.ts";

const NAME = "@llmspell/plugin-tools-node";

/** Provides the tools `function` and `worker`. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const tools = kernel.kinds.for("tool");
    tools.for("function").tap(NAME, (options) => new FunctionTool(options));
    tools.for("worker").tap(NAME, (options, context) => new WorkerTool(options, context));
  },
};

export default plugin;
