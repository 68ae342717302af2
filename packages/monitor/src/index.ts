export type { Alert, AlertNotice } from "./alert.ts";
export type { AlertState } from "./alert-rule.ts";
export type { AlertStatus } from "./alert-watch.ts";
export { monitorErrors } from "./errors.ts";
export { type AlertOptions, type MonitorSection, monitorSectionDefaults } from "./generated/options.ts";
export { LogAlert } from "./log-alert.ts";
export type { MonitoredPart } from "./monitored-part.ts";
export {
  type MonitorSnapshot,
  PerformanceMonitor,
  type PerformanceMonitorDependencies,
} from "./performance-monitor.ts";
export { default } from "./plugin.ts";
export type { Rates } from "./rates.ts";
export type { Sample } from "./sample-history.ts";
