import type { Plugin } from "@llmspell/kernel";
import { CacheCommonQueries } from "./cache-common-queries.ts";
import { InstanceTask } from "./instance-task.ts";

const NAME = "@llmspell/plugin-warm-ups";

/** Provides the warm-ups: `cache_common_queries`, `instance_task`, and those that are an instance's task of the same name. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const warmUps = kernel.kinds.for("warm-up");
    warmUps.for("cache_common_queries").tap(NAME, (options) => new CacheCommonQueries(options));
    warmUps.for("instance_task").tap(NAME, (options) => new InstanceTask(options));
    for (const task of ["establish_connections", "load_model", "initialize_tokenizer"]) {
      warmUps.for(task).tap(NAME, () => new InstanceTask({ task }));
    }
  },
};

export default plugin;
