import type { Plugin } from "@llmspell/kernel";
import type { ToolsSection } from "./generated/options.ts";
import { ToolExecutionPool } from "./tool-execution-pool.ts";

const NAME = "@llmspell/tools";

declare module "@llmspell/kernel" {
  interface Sections {
    tools: ToolsSection;
  }
}

/** Owns the section `tools` and offers the service `tools`. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    let tools: ToolExecutionPool | undefined;
    kernel.hooks.assemble.tap(NAME, () => {
      const section = kernel.section("tools");
      if (section === undefined) return;
      const { clock, random, log } = kernel;
      tools = new ToolExecutionPool(section, {
        clock,
        random,
        log,
        create: (kind, use, owner) => kernel.create(kind, use, owner),
      });
      kernel.provide("tools", tools);
    });
    kernel.hooks.start.tapPromise(NAME, async () => tools?.start());
    kernel.hooks.drain.tapPromise(NAME, async ({ signal }) => tools?.drain(signal));
    kernel.hooks.stop.tapPromise(NAME, async () => tools?.stop());
    kernel.hooks.collect.tap(NAME, (readings) => {
      if (tools !== undefined) readings.push(...tools.readings());
    });
  },
};

export default plugin;
