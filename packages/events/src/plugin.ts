import type { Plugin } from "@llmspell/kernel";
import { EventBus } from "./event-bus.ts";
import type { EventsSection } from "./generated/options.ts";
import { readingsOf } from "./readings.ts";

declare module "@llmspell/kernel" {
  interface Services {
    events: EventBus;
  }
  interface Sections {
    events: EventsSection;
  }
}

const NAME = "@llmspell/events";

/** Owns the section `events`: builds the bus from it and offers it as the service of that name. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    let bus: EventBus | undefined;
    kernel.hooks.assemble.tap(NAME, () => {
      bus = new EventBus(kernel.section("events"), {
        clock: kernel.clock,
        random: kernel.random,
        log: kernel.log,
        createBalancer: (use, owner) => kernel.create("load-balancer", use, owner),
        createQueue: (use, owner) => kernel.create("queue", use, owner),
        createFlowController: (use, owner) => kernel.create("flow-controller", use, owner),
        createRoute: (use, owner) => kernel.create("route", use, owner),
      });
      kernel.provide("events", bus);
      kernel.provide("eventFeed", bus);
    });
    kernel.hooks.start.tapPromise(NAME, async () => bus?.open());
    kernel.hooks.drain.tapPromise(NAME, async ({ signal }) => bus?.drained(signal));
    kernel.hooks.stop.tapPromise(NAME, async () => bus?.[Symbol.asyncDispose]());
    kernel.hooks.collect.tap(NAME, (readings) => {
      if (bus !== undefined) readings.push(...readingsOf(bus.stats()));
    });
  },
};

export default plugin;
