import type { Plugin } from "@llmspell/kernel";
import { McpTool } from "./mcp-tool.ts";

const NAME = "@llmspell/plugin-tools-mcp";

/** Provides the tool `mcp`. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    kernel.kinds
      .for("tool")
      .for("mcp")
      .tap(NAME, (options, context) => new McpTool(options, context));
  },
};

export default plugin;
