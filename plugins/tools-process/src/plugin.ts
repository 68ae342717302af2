import type { Plugin } from "@llmspell/kernel";
import { ProcessTool } from "./process-tool.ts";

const NAME = "@llmspell/plugin-tools-process";

/** Provides the tool `process`. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    kernel.kinds
      .for("tool")
      .for("process")
      .tap(NAME, (options, context) => new ProcessTool(options, context));
  },
};

export default plugin;
