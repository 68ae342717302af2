import { ConfigError } from "@llmspell/config";
import type { HookCache } from "@llmspell/hooks";
import { Kernel } from "@llmspell/kernel";
import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";

declare module "@llmspell/kernel" {
  interface Services {
    caches: Readonly<Record<string, HookCache>>;
  }
}

const PLUGINS = ["@llmspell/standard", "../test/caches-section.ts"];

async function loaded(caches: Readonly<Record<string, unknown>>): Promise<Kernel> {
  const kernel = new Kernel({ clock: new VirtualClock() });
  await kernel.load({ config: { name: "test", plugins: PLUGINS, caches }, directory: import.meta.dirname });
  return kernel;
}

describe("hook caches in a configuration", () => {
  it("are made by their names and options, with a key beside them", async () => {
    const kernel = await loaded({
      bare: "input",
      result: { use: "result", ttl: "2s", key: ["data.repo.id"], invalidationKeys: ["repo:{{ context.data.id }}"] },
      adaptive: { use: "adaptive", baseTtl: "10s", performanceFactor: 0, key: "context.data.text.size()" },
    });
    await kernel.start();
    const caches = kernel.service("caches");
    const { signal } = new AbortController();
    const run = { point: "before_work", attempt: 1, scope: {}, signal, clock: kernel.clock };
    const context = { ...run, input: 1, data: { id: 7 } };
    const lifetimes = Object.entries(caches ?? {}).map(([name, cache]) => [
      name,
      cache.lifetimeOf({ context, duration: 5, hits: 0, misses: 1 }),
    ]);
    expect(Object.fromEntries(lifetimes)).toEqual({ bare: 60_000, result: 2000, adaptive: 10_000 });
    expect(caches?.["result"]?.invalidationKeysOf?.(context)).toEqual(["repo:7"]);
    await kernel.stop();
  });

  it.each<[string, unknown, string]>([
    ["a path that begins elsewhere", { use: "input", key: ["event.id"] }, "LLMSPELL_E_CONFIG_VALUE"],
    ["no path at all", { use: "input", key: [] }, "LLMSPELL_E_CONFIG_RANGE"],
    ["an expression over something else", { use: "input", key: "event.id" }, "LLMSPELL_E_EXPRESSION"],
    ["an expression that does not parse", { use: "input", key: "context." }, "LLMSPELL_E_EXPRESSION"],
    ["a key of another type", { use: "input", key: 5 }, "LLMSPELL_E_CONFIG_TYPE"],
    [
      "a template over something else",
      { use: "result", invalidationKeys: ["{{ event.id }}"] },
      "LLMSPELL_E_EXPRESSION",
    ],
    ["a lifetime without a unit", { use: "input", ttl: "5" }, "LLMSPELL_E_CONFIG_VALUE"],
    ["a factor out of range", { use: "adaptive", performanceFactor: 5 }, "LLMSPELL_E_CONFIG_RANGE"],
    ["an option of another cache", { use: "input", baseTtl: "5s" }, "LLMSPELL_E_CONFIG_UNKNOWN_KEY"],
  ])("are refused with %s", async (_, cache, code) => {
    const error = await loaded({ cache }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error instanceof ConfigError ? error.diagnostics.map((found) => found.code) : []).toEqual([code]);
  });
});
