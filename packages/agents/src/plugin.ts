import { disposeAll } from "@llmspell/base";
import type { Plugin } from "@llmspell/kernel";
import { Agent } from "./agent.ts";
import { AgentRegistry } from "./agent-registry.ts";
import type { AgentsSection } from "./generated/options.ts";
import type { Provider } from "./provider.ts";

const NAME = "@llmspell/agents";

declare module "@llmspell/kernel" {
  interface Sections {
    agents: AgentsSection;
  }
}

/** Builds the agents of the section `agents` and offers them as the service `agents`. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const providers: Provider[] = [];
    let agents: AgentRegistry | undefined;

    kernel.hooks.assemble.tap(NAME, () => {
      const section = kernel.section("agents");
      if (section === undefined) return;
      const { clock, log } = kernel;
      const hooks = kernel.service("hooks");
      const tools = kernel.service("tools");
      const built = Object.entries(section).map(([name, options]) => {
        const provider = kernel.create("provider", options.provider, `agent ${name}`);
        providers.push(provider);
        return new Agent({ ...options, name }, { provider, hooks, tools, clock, log });
      });
      agents = new AgentRegistry(built);
      kernel.provide("agents", agents);
    });
    kernel.hooks.start.tapPromise(NAME, async () => {
      await agents?.start();
    });
    kernel.hooks.drain.tapPromise(NAME, async ({ signal }) => {
      await agents?.drain(signal);
    });
    kernel.hooks.stop.tapPromise(NAME, async () => {
      await agents?.[Symbol.asyncDispose]();
      await disposeAll(providers.splice(0));
    });
    kernel.hooks.collect.tap(NAME, (readings) => {
      if (agents !== undefined) readings.push(...agents.readings());
    });
  },
};

export default plugin;
