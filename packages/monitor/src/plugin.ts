import type { Reading } from "@llmspell/base";
import { definePlugin } from "@llmspell/kernel";
import type { MonitorSection } from "./generated/options.ts";
import { PerformanceMonitor } from "./performance-monitor.ts";

declare module "@llmspell/kernel" {
  interface Services {
    monitor: PerformanceMonitor;
  }
  interface Sections {
    monitor: MonitorSection;
  }
}

const NAME = "@llmspell/monitor";

/** Owns the section `monitor` and offers the service of that name; it samples from the start to the stop. */
export default definePlugin({
  name: NAME,
  apply(kernel) {
    let monitor: PerformanceMonitor | undefined;
    const collect = () => {
      const readings: Reading[] = [];
      kernel.hooks.collect.call(readings);
      return readings;
    };
    kernel.hooks.assemble.tap(NAME, () => {
      monitor = new PerformanceMonitor(kernel.section("monitor"), { collect, clock: kernel.clock, log: kernel.log });
      kernel.provide("monitor", monitor);
    });
    kernel.hooks.start.tap(NAME, () => monitor?.start());
    kernel.hooks.stop.tap(NAME, () => monitor?.stop());
  },
});
