import { definePlugin, type PluginManifest } from "@llmspell/kernel";
import type { Tool } from "@llmspell/tools";

/** What instances of the tool `probe` were asked for, in order: tasks by name, inputs as they came. */
export const asked: unknown[] = [];

const TASKS = ["establish_connections", "load_model", "initialize_tokenizer", "cache_common_queries", "prefetch"];

export const manifest: PluginManifest = {
  name: "probe",
  kernel: "*",
  provides: [
    {
      kind: "tool",
      name: "probe",
      description: "Says what it was asked for.",
      options: {
        type: "object",
        additionalProperties: false,
        properties: { tasks: { type: "array", items: { enum: TASKS }, default: TASKS } },
      },
    },
  ],
};

function probe({ tasks }: { readonly tasks: readonly string[] }): Tool {
  return {
    description: "Says what it was asked for.",
    inputSchema: {},
    createInstance: async () => ({
      execute: async (input) => void asked.push(input),
      warmUps: Object.fromEntries(tasks.map((task) => [task, async () => void asked.push(task)])),
      [Symbol.asyncDispose]: async () => undefined,
    }),
  };
}

/** Provides the tool `probe`, whose instances offer every task. */
export default definePlugin({
  name: "probe",
  apply(kernel) {
    kernel.kinds.for("tool").for("probe").tap("probe", probe);
  },
});
