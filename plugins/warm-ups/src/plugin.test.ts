import { Kernel } from "@llmspell/kernel";
import type { ToolInstance } from "@llmspell/tools";
import { expect, it } from "vitest";
import { created } from "../test/warmed-plugin.ts";

const TASKS = ["establish_connections", "load_model", "initialize_tokenizer", "cache_common_queries", "prefetch"];

it("provides each warm-up, and its options", async () => {
  const plugins = ["@llmspell/tools", "@llmspell/plugin-warm-ups", "../test/warmed-plugin.ts"];
  const warmed = [
    ...["establish_connections", "load_model", "initialize_tokenizer", "cache_common_queries"],
    { use: "instance_task", task: "prefetch" },
    { use: "cache_common_queries", queries: [{ query: "llmspell" }], concurrency: 1, retries: 0 },
  ];
  await using kernel = new Kernel();
  await kernel.load({ config: { plugins, warmed }, directory: import.meta.dirname });
  await kernel.start();
  const asked: unknown[] = [];
  const instance: ToolInstance = {
    execute: async (input) => void asked.push(input),
    warmUps: Object.fromEntries(TASKS.map((task) => [task, async () => void asked.push(task)])),
    [Symbol.asyncDispose]: async () => undefined,
  };
  for (const warmUp of created) await warmUp.run(instance, { signal: new AbortController().signal });
  expect(asked).toEqual([...TASKS, { query: "llmspell" }]);
});
