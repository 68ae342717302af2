import { messageOf } from "@llmspell/base";
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
      const strategy = kernel.create("hook-strategy", section.strategy ?? hooksOptionsDefaults.strategy, "hooks");
      manager = new HookManager(section, { clock: kernel.clock, log: kernel.log, strategy });
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
      await disposeAll(created.splice(0).reverse());
    });
  },
};

export default plugin;

/**
 * Disposes the hooks one after the other, also when one fails.
 *
 * @throws AggregateError of all failures
 */
async function disposeAll(hooks: readonly Hook[]): Promise<void> {
  const failures: unknown[] = [];
  for (const hook of hooks) {
    try {
      await hook[Symbol.asyncDispose]?.();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length === 0) return;
  throw new AggregateError(failures, `Hooks could not be disposed: ${failures.map(messageOf).join("; ")}`);
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
