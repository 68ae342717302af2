import type { Plugin, PluginHost } from "@llmspell/kernel";
import { hooksOptionsDefaults } from "./generated/options.ts";
import type { Hook } from "./hook.ts";
import { HookManager } from "./hook-manager.ts";
import { readingsOf } from "./readings.ts";
import { definitionOf, type HooksSection } from "./section.ts";

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
      const strategy = kernel.create("hook-strategy", section.strategy ?? hooksOptionsDefaults.strategy, "hooks");
      manager = new HookManager(section, { clock: kernel.clock, log: kernel.log, strategy });
      registerAll(kernel, section, manager, created);
      kernel.provide("hooks", manager);
    });
    kernel.hooks.collect.tap(NAME, (readings) => {
      if (manager !== undefined) readings.push(...readingsOf(manager.stats()));
    });
    kernel.hooks.drain.tapPromise(NAME, async () => {
      await manager?.drain();
    });
    kernel.hooks.stop.tapPromise(NAME, async () => {
      await manager?.[Symbol.asyncDispose]();
      await disposeAll(created.splice(0).reverse());
    });
  },
};

export default plugin;

/** Disposes every hook, also when one fails; then throws the first failure. */
async function disposeAll(hooks: readonly Hook[]): Promise<void> {
  const results = await Promise.allSettled(hooks.map(async (hook) => hook[Symbol.asyncDispose]?.()));
  const failure = results.find((result) => result.status === "rejected");
  if (failure !== undefined) throw failure.reason;
}

function registerAll(kernel: PluginHost, section: HooksSection, manager: HookManager, created: Hook[]): void {
  for (const [point, entries] of Object.entries(section.points ?? {})) {
    for (const entry of entries) {
      const hook = kernel.create("hook", entry, `hook ${entry.id} at ${point}`);
      created.push(hook);
      manager.register(point, definitionOf(entry, hook));
    }
    // Planned now, so that hooks that cannot be ordered stop the start and not the first run.
    manager.plan(point);
  }
}
