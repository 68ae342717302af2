import { sequentialStrategy } from "@llmspell/hooks";
import type { Plugin } from "@llmspell/kernel";
import { AdaptiveStrategy } from "./adaptive.ts";
import { parallelStrategy } from "./parallel.ts";

const NAME = "@llmspell/plugin-hook-strategies";

const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const strategies = kernel.kinds.for("hook-strategy");
    for (const strategy of [sequentialStrategy, parallelStrategy]) {
      strategies.for(strategy.name).tap(NAME, () => strategy);
    }
    strategies.for("adaptive").tap(NAME, (options) => new AdaptiveStrategy(options));
  },
};

export default plugin;
