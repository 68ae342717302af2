import type { Reading } from "@llmspell/base";
import { Kernel } from "@llmspell/kernel";
import { seededRandom, VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import type { EventsSection } from "./generated/options.ts";
import type {} from "./plugin.ts";

const PLUGINS = [
  "resilience",
  "events",
  "plugin-routes",
  "plugin-load-balancers",
  "plugin-queues",
  "plugin-flow-controllers",
];

async function loadKernel(events: EventsSection): Promise<{ kernel: Kernel; clock: VirtualClock }> {
  const clock = new VirtualClock();
  const kernel = new Kernel({ clock, random: seededRandom(1) });
  const plugins = PLUGINS.map((name) => `@llmspell/${name}`);
  await kernel.load({ config: { name: "test", plugins, events }, directory: import.meta.dirname });
  return { kernel, clock };
}

describe("the section events", () => {
  it("becomes a bus that runs with the kernel and reports to it", async () => {
    const { kernel, clock } = await loadKernel({
      channels: {
        users: { priority: "critical", balancer: "least_connections", retries: {} },
        releases: { queue: "memory", circuitBreaker: {}, deadLetter: "users" },
      },
      routes: [
        { use: "static", event: "user_login", channel: "users" },
        { use: "pattern", pattern: "^user_", channel: "users", priority: "low" },
        { use: "pattern", glob: "release.*", channel: "releases" },
        { use: "dynamic", when: "event.data.premium", channel: "users", priority: "high" },
      ],
    });
    await kernel.start();
    const bus = kernel.service("events");
    const seen: string[] = [];
    for (const channel of ["users", "releases"])
      bus?.subscribe(channel, ({ type }) => void seen.push(`${channel} ${type}`));
    await bus?.emit({ type: "user_login", data: {} });
    await bus?.emit({ type: "release.published", data: { premium: true } });
    await bus?.emit({ type: "other", data: {} });
    await clock.runUntil(kernel.drain());
    expect(seen).toEqual(["users user_login", "users release.published", "releases release.published"]);

    const readings: Reading[] = [];
    kernel.hooks.collect.call(readings);
    expect(readings.map(({ part, name, in: entered, out, shed }) => [part, name, entered, out, shed])).toEqual([
      ["bus", "events", 3, 2, 1],
      ["channel", "users", 2, 2, 0],
      ["channel", "releases", 1, 1, 0],
    ]);
    for (const { in: entered, out, shed, failed, pending } of readings)
      expect(entered).toBe(out + shed + failed + pending);
    await clock.runUntil(kernel.stop());
    expect((await bus?.emit({ type: "user_login", data: {} }))?.outcome).toBe("refused");
  });

  it("slows down what comes in where it names a flow controller, and reports at which rate", async () => {
    const { kernel, clock } = await loadKernel({
      backpressure: { controller: { use: "adaptive", maxRate: "10/s", highWatermark: 0.7 } },
      channels: { users: {} },
      routes: [{ use: "static", event: "user_login", channel: "users" }],
    });
    await kernel.start();
    const bus = kernel.service("events");
    bus?.subscribe("users", () => undefined);
    const emits = [1, 2, 3].map((data) => bus?.emit({ type: "user_login", data }));
    const readings: Reading[] = [];
    kernel.hooks.collect.call(readings);
    expect(readings[1]?.details).toMatchObject({ rate: 10, delayed: 1, blocked: 1, refusedForRate: 0 });
    await clock.runUntil(Promise.all(emits));
    await clock.runUntil(kernel.stop());
  });

  it("gives up draining when the kernel does", async () => {
    const { kernel, clock } = await loadKernel({
      channels: { users: {} },
      routes: [{ use: "static", event: "user_login", channel: "users" }],
    });
    await kernel.start();
    const held = Promise.withResolvers<void>();
    kernel.service("events")?.subscribe("users", () => held.promise);
    await kernel.service("events")?.emit({ type: "user_login", data: {} });
    await kernel.hooks.drain.promise({ signal: AbortSignal.abort() });
    held.resolve();
    await clock.runUntil(kernel.stop());
  });

  it.each<[code: string, problem: string, section: EventsSection]>([
    ["REFERENCE_UNKNOWN", "a route to no channel", { routes: [{ use: "static", event: "x", channel: "b" }] }],
    ["CONFIG_MISSING_KEY", "a route without a channel", { routes: [{ use: "static", event: "x" }] }],
    [
      "CONFIG_MISSING_KEY",
      "neither pattern nor glob",
      { channels: { a: {} }, routes: [{ use: "pattern", channel: "a" }] },
    ],
    [
      "EXPRESSION",
      "a bad condition",
      { channels: { a: {} }, routes: [{ use: "dynamic", when: "event.", channel: "a" }] },
    ],
    ["REFERENCE_UNKNOWN", "dead letters to no channel", { channels: { a: { deadLetter: "b" } } }],
    ["IMPLEMENTATION_UNKNOWN", "an unknown balancer", { channels: { a: { balancer: "round_robbin" } } }],
    ["IMPLEMENTATION_UNKNOWN", "an unknown flow controller", { backpressure: { controller: "adaptative" } }],
    ["CONFIG_VALUE", "a priority that there is not", { channels: { a: { priority: "urgent" as "high" } } }],
    ["CONFIG_UNKNOWN_KEY", "a key of the seed", { channels: { a: { rateLimitRps: 5 } as object } }],
  ])("is refused with %s for %s", async (code, _problem, section) => {
    await expect(loadKernel(section)).rejects.toThrow(`LLMSPELL_E_${code}\n`);
  });
});
