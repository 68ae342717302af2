export { monitorErrors } from "./errors.ts";
export { type MonitorSection, monitorSectionDefaults } from "./generated/options.ts";
export {
  type MonitoredPart,
  type MonitorSnapshot,
  PerformanceMonitor,
  type PerformanceMonitorDependencies,
} from "./performance-monitor.ts";
export { default } from "./plugin.ts";
export type { Rates } from "./rates.ts";
export type { Sample } from "./sample-history.ts";
