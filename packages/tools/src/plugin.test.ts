import type { Reading } from "@llmspell/base";
import { Kernel } from "@llmspell/kernel";
import { seededRandom, VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { ToolExecutionPool } from "./tool-execution-pool.ts";

const PLUGINS = ["resilience", "tools", "plugin-load-balancers", "plugin-scaling-policies", "plugin-tools-node"];
const OBEDIENT = "../../../plugins/tools-node/test/obedient-tool.ts";

async function loadKernel(tools: object, more: readonly string[] = []): Promise<Kernel> {
  const kernel = new Kernel({ clock: new VirtualClock(), random: seededRandom(1) });
  const plugins = [...PLUGINS, ...more].map((name) => `@llmspell/${name}`);
  await kernel.load({ config: { name: "test", plugins, tools }, directory: import.meta.dirname });
  return kernel;
}

function poolsOf(kernel: Kernel): ToolExecutionPool {
  const tools = kernel.service("tools");
  if (!(tools instanceof ToolExecutionPool)) throw new Error("The section tools offers no service.");
  return tools;
}

describe("the section tools", () => {
  it("becomes pools that run with the kernel and report to it", async () => {
    await using kernel = await loadKernel({
      pools: {
        here: { tool: { use: "function", module: OBEDIENT }, balancer: "round_robin", size: { min: 2 } },
        apart: {
          tool: { use: "worker", module: OBEDIENT, resourceLimits: { heap: "64MiB" } },
          scaling: { use: "adaptive", scaleUpThreshold: 0.9, cooldown: "5s" },
          breaker: { threshold: 0.3, openDuration: "5s" },
          validateOnBorrow: "30s",
          leaseWarning: "10s",
        },
      },
    });
    await kernel.start();
    const tools = poolsOf(kernel);
    expect(await tools.execute({ pool: "here", input: { do: "echo" } })).toEqual({ do: "echo" });
    expect(await tools.execute({ pool: "apart", input: { do: "echo" } })).toEqual({ do: "echo" });
    await kernel.drain();
    const readings: Reading[] = [];
    kernel.hooks.collect.call(readings);
    expect(readings).toMatchObject([
      { part: "pool", name: "here", in: 1, out: 1, shed: 0, failed: 0, pending: 0, details: { instances: 2 } },
      { part: "pool", name: "apart", in: 1, out: 1, shed: 0, failed: 0, pending: 0, details: { instances: 1 } },
    ]);
    await kernel.stop();
    expect(tools.stats()["apart"]).toMatchObject({ instances: 0, retired: 1, breaker: "closed" });
  });

  it("gives up draining when the kernel does", async () => {
    const pools = { here: { tool: { use: "function", module: OBEDIENT } } };
    await using kernel = await loadKernel({ pools });
    await kernel.start();
    await using _lease = await poolsOf(kernel).acquire("here");
    await kernel.hooks.drain.promise({ signal: AbortSignal.abort() });
  });

  it("runs the document analyzer in worker threads", async () => {
    const pools = { analyzer: { tool: { use: "document_analyzer", maxCharacters: 1000 }, concurrency: 4 } };
    await using kernel = await loadKernel({ pools }, ["plugin-tools-text"]);
    await kernel.start();
    const text = "The importer crashes. I hate that it loses my work!";
    expect(await poolsOf(kernel).execute({ pool: "analyzer", input: { text } })).toMatchObject({
      language: "en",
      sentences: 2,
      truncated: false,
    });
  });

  it.each<[code: string, problem: string, pool: Readonly<Record<string, unknown>>]>([
    ["CONFIG_MISSING_KEY", "a pool without a tool", {}],
    ["CONFIG_MISSING_KEY", "a tool without its module", { tool: "function" }],
    ["IMPLEMENTATION_UNKNOWN", "a policy that there is not", { tool: OBEDIENT, scaling: "adaptiv" }],
    [
      "CONFIG_UNKNOWN_KEY",
      "an option of another policy",
      { tool: OBEDIENT, scaling: { use: "adaptive", requestsPerInstance: 1 } },
    ],
    ["CONFIG_UNKNOWN_KEY", "the seed's name of an option", { tool: OBEDIENT, min_size: 2 }],
  ])("refuses with %s %s", async (code, _, pool) => {
    await expect(loadKernel({ pools: { search: pool } })).rejects.toMatchObject({
      diagnostics: [expect.objectContaining({ code: `LLMSPELL_E_${code}` })],
    });
  });
});
