export { commandErrors } from "./errors.ts";
export { createRuntime, Runtime, type RuntimeOptions } from "./runtime.ts";
export {
  type HighPerformanceChannelOptions,
  HighPerformanceEventBus,
  type HighPerformanceEventBusOptions,
  type HighPerformanceSubscriberPool,
} from "./seed-names/high-performance-event-bus.ts";
