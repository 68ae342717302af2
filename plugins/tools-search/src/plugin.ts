import type { Plugin } from "@llmspell/kernel";
import { LocalSearch } from "./local-search.ts";

const NAME = "@llmspell/plugin-tools-search";

/** Provides the tool `local_search`. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    kernel.kinds
      .for("tool")
      .for("local_search")
      .tap(NAME, (options, { clock, log }) => new LocalSearch(options, { clock, log }));
  },
};

export default plugin;
