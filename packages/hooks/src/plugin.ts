import { disposeAll } from "@llmspell/base";
import type { Plugin, PluginHost } from "@llmspell/kernel";
import { hooksOptionsDefaults } from "./generated/options.ts";
import type { Hook } from "./hook.ts";
import { HookManager } from "./hook-manager.ts";
import { definitionOf, type HooksSection } from "./section.ts";
import { readingsOf } from "./statistics/readings.ts";

const NAME = "@llmspell/hooks";

/** Builds the hook manager from the section `hooks` and offers it as the service `hooks`. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const created: Hook[] = [];
    let manager: HookManager | undefined;

    kernel.hooks.assemble.tap(NAME, () => {
      const section = kernel.section("hooks");
      if (section === undefined) return;
      manager = createManager(kernel, section);
      registerAll(kernel, section, manager, created);
      kernel.provide("hooks", manager);
    });
    kernel.hooks.collect.tap(NAME, (readings) => {
      if (manager !== undefined) readings.push(...readingsOf(manager.stats()));
    });
    kernel.hooks.drain.tapPromise(NAME, async ({ signal }) => {
      await manager?.drain(signal);
    });
    kernel.hooks.stop.tapPromise(NAME, async () => {
      await manager?.[Symbol.asyncDispose]();
      await disposeAll(created.splice(0));
    });
  },
};

export default plugin;

function createManager(kernel: PluginHost, section: HooksSection): HookManager {
  const { clock, random, log } = kernel;
  const strategy = kernel.create("hook-strategy", section.strategy ?? hooksOptionsDefaults.strategy, "hooks");
  const own = Object.entries(section.pointOptions ?? {}).flatMap(([point, { strategy: use }]) =>
    use === undefined ? [] : [[point, kernel.create("hook-strategy", use, `hook point ${point}`)] as const],
  );
  return new HookManager(section, { clock, random, log, strategy, pointStrategies: Object.fromEntries(own) });
}

function registerAll(kernel: PluginHost, section: HooksSection, manager: HookManager, created: Hook[]): void {
  for (const [point, entries] of Object.entries(section.points ?? {})) {
    for (const entry of entries) {
      const owner = `hook ${entry.id} at ${point}`;
      const hook = kernel.create("hook", entry, owner);
      created.push(hook);
      const cache = entry.cache === undefined ? undefined : kernel.create("hook-cache", entry.cache, owner);
      manager.register(point, definitionOf(entry, { hook, cache }));
    }
    // Planned now, so that hooks that cannot be ordered stop the start and not the first run.
    manager.plan(point);
  }
}
