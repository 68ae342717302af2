import type { Plugin } from "@llmspell/kernel";
import { HttpTool } from "./http-tool.ts";
import { WebSearch } from "./web-search.ts";

const NAME = "@llmspell/plugin-tools-http";

/** Provides the tools `http` and `web_search`. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const tools = kernel.kinds.for("tool");
    tools.for("http").tap(NAME, (options, { clock }) => new HttpTool(options, { clock }));
    tools.for("web_search").tap(NAME, (options, { clock }) => new WebSearch(options, { clock }));
  },
};

export default plugin;
