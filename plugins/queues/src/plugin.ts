import { MemoryQueue } from "@llmspell/events";
import { definePlugin } from "@llmspell/kernel";

const NAME = "@llmspell/plugin-queues";

export default definePlugin({
  name: NAME,
  apply(kernel) {
    kernel.kinds
      .for("queue")
      .for("memory")
      .tap(NAME, () => new MemoryQueue());
  },
});
