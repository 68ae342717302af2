import { MemoryQueue } from "@llmspell/events";
import type { Plugin } from "@llmspell/kernel";
import { SqliteQueue } from "./sqlite-queue.ts";

const NAME = "@llmspell/plugin-queues";

/** Provides the queues `memory` and `sqlite`. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const queues = kernel.kinds.for("queue");
    queues.for("memory").tap(NAME, () => new MemoryQueue());
    queues.for("sqlite").tap(NAME, (options, context) => new SqliteQueue(options, context));
  },
};

export default plugin;
