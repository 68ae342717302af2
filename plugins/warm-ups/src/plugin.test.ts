import { Kernel } from "@llmspell/kernel";
import { VirtualClock } from "@llmspell/testkit";
import { beforeEach, expect, it } from "vitest";
import { asked } from "../test/probe-plugin.ts";

const PLUGINS = ["resilience", "tools", "plugin-load-balancers", "plugin-warm-ups"].map((name) => `@llmspell/${name}`);

beforeEach(() => {
  asked.length = 0;
});

async function start(pool: Readonly<Record<string, unknown>>): Promise<Kernel> {
  const plugins = [...PLUGINS, "../test/probe-plugin.ts"];
  const tools = { pools: { probe: { tool: "probe", size: { min: 1 }, ...pool } } };
  const kernel = new Kernel({ clock: new VirtualClock() });
  await kernel.load({ config: { plugins, tools }, directory: import.meta.dirname });
  await kernel.start();
  return kernel;
}

it("warms up what a pool creates, in the order of the pool", async () => {
  await using _kernel = await start({
    warmUp: [
      ...["establish_connections", "cache_common_queries", "load_model", "initialize_tokenizer"],
      { use: "instance_task", task: "prefetch" },
      { use: "cache_common_queries", queries: [{ query: "weather" }, { query: "news" }], concurrency: 1, retries: 0 },
    ],
  });
  expect(asked).toEqual([
    ...["establish_connections", "cache_common_queries", "load_model", "initialize_tokenizer", "prefetch"],
    ...[{ query: "weather" }, { query: "news" }],
  ]);
});

it("fails the start of a pool whose tool cannot do it, at once, and says what it can", async () => {
  const tool = { use: "probe", tasks: ["prefetch"] };
  await expect(start({ tool, warmUp: ["load_model"] })).rejects.toMatchObject({
    code: "LLMSPELL_E_PLUGIN_FAILED",
    message: expect.stringContaining("nothing to do for the warm-up load_model; it offers prefetch."),
  });
});
