import type { Reading } from "@llmspell/base";
import type { ImplementationContext, KindName, PluginHost, Use } from "@llmspell/kernel";
import { seededRandom, VirtualClock } from "@llmspell/testkit";
import { AsyncSeriesHook, SyncHook } from "tapable";
import { expect, it } from "vitest";
import { FakeTool } from "../test/fake-tool.ts";
import type { ToolsSection } from "./generated/options.ts";
import plugin from "./plugin.ts";
import type { ToolExecutionPool } from "./tool-execution-pool.ts";

/** As much of the kernel as the plugin uses, with a section and what its slots create. */
function fakeHost(section: ToolsSection | undefined, implementations: Readonly<Record<string, unknown>>) {
  const hooks = {
    assemble: new AsyncSeriesHook<[]>(),
    start: new AsyncSeriesHook<[]>(),
    drain: new AsyncSeriesHook<[]>(),
    stop: new AsyncSeriesHook<[]>(),
    collect: new SyncHook<[Reading[]]>(["readings"]),
  };
  const services = new Map<string, unknown>();
  const created: string[] = [];
  const host = {
    hooks,
    clock: new VirtualClock(),
    random: seededRandom(1),
    section: () => section,
    provide: (name: string, service: unknown) => services.set(name, service),
    create: (kind: KindName, use: Use, owner: string) => {
      const name = typeof use === "string" ? use : use.use;
      created.push(`${kind} ${name} for ${owner}`);
      return implementations[name];
    },
  };
  return { hooks, services, created, host: host as unknown as PluginHost & ImplementationContext };
}

it("builds the service from its section, with implementations from the kernel, and runs it with the run", async () => {
  const tool = new FakeTool();
  const { hooks, services, created, host } = fakeHost(
    { pools: { echo: { tool: "echo_tool", scaling: { use: "adaptive", cooldown: "5s" } } } },
    { echo_tool: tool, adaptive: { decide: () => undefined }, least_connections: { pick: () => 0 } },
  );
  await plugin.apply(host, undefined as never);
  await hooks.assemble.promise();
  expect(created.sort()).toEqual([
    "load-balancer least_connections for pool echo",
    "scaling-policy adaptive for pool echo",
    "tool echo_tool for pool echo",
  ]);
  await hooks.start.promise();
  const tools = services.get("tools") as ToolExecutionPool;
  expect(await tools.execute({ pool: "echo", input: "hi" })).toBe("hi");
  const readings: Reading[] = [];
  hooks.collect.call(readings);
  expect(readings).toMatchObject([
    {
      part: "pool",
      name: "echo",
      in: 1,
      out: 1,
      shed: 0,
      failed: 0,
      pending: 0,
      details: { instances: 1, created: 1 },
    },
  ]);
  await hooks.drain.promise();
  await hooks.stop.promise();
  expect(tool.alive).toHaveLength(0);
});

it("does nothing without its section", async () => {
  const { hooks, services, host } = fakeHost(undefined, {});
  await plugin.apply(host, undefined as never);
  await hooks.assemble.promise();
  await hooks.start.promise();
  await hooks.stop.promise();
  expect(services.size).toBe(0);
});
