import type { Plugin } from "@llmspell/kernel";
import { AdaptiveCache } from "./adaptive-cache.ts";
import { InputCache } from "./input-cache.ts";
import { ResultCache } from "./result-cache.ts";

const NAME = "@llmspell/plugin-hook-caches";

/** Provides the hook caches `input`, `result` and `adaptive`. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const caches = kernel.kinds.for("hook-cache");
    caches.for("input").tap(NAME, (options) => new InputCache(options));
    caches.for("result").tap(NAME, (options) => new ResultCache(options));
    caches.for("adaptive").tap(NAME, (options) => new AdaptiveCache(options));
  },
};

export default plugin;
