import { MemoryQueue } from "@llmspell/events";
import type { Plugin } from "@llmspell/kernel";

const NAME = "@llmspell/plugin-queues";

const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    kernel.kinds
      .for("queue")
      .for("memory")
      .tap(NAME, () => new MemoryQueue());
  },
};

export default plugin;
