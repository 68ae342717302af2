export type { BatchHandler, BatchSubscribeOptions } from "./batch-collector.ts";
export type { BatchOptions, BatchResult, InvalidEvent } from "./batch-emission.ts";
export { type BusEvent, type DeadLetter, type EventInput, eventRecord } from "./bus-event.ts";
export type { BackpressureChange, BusMonitorEvents } from "./bus-monitor.ts";
export type { ChannelTap } from "./channel-tap.ts";
export { type CloudEventJson, eventInputOf, toCloudEvent } from "./cloud-event.ts";
export type { EmitOptions, EnqueueOptions } from "./emission.ts";
export type { EmissionObserver, ObservedEvent } from "./emission-observers.ts";
export {
  BREAKER_OPEN,
  type EmitOutcome,
  type EmitResult,
  NO_SUBSCRIBERS,
  RATE_LIMITED,
  REJECTED,
  type Refusal,
  type RouteOutcome,
  type RouteResult,
  UNROUTED,
} from "./emit-result.ts";
export { eventErrors } from "./errors.ts";
export { EventBus } from "./event-bus.ts";
export type { EventBusDependencies } from "./event-bus-dependencies.ts";
export { DynamicRoute, PatternRoute, StaticRoute } from "./event-routes.ts";
export type { FailedAttempt } from "./failed-attempt.ts";
export type { FlowController, FlowDecision, FlowReading } from "./flow-controller.ts";
export type { FlowChange } from "./flow-steering.ts";
export {
  type BackpressureOptions,
  backpressureOptionsDefaults,
  type ChannelCircuitBreaker,
  type ChannelOptions,
  channelOptionsDefaults,
  type EventsSection,
  eventsSectionDefaults,
  type RetryOptions,
  retryOptionsDefaults,
} from "./generated/options.ts";
export { MemoryQueue } from "./memory-queue.ts";
export type { ChannelPerformance, PerformanceStats } from "./performance-report.ts";
export { default } from "./plugin.ts";
export type { PressureLevel } from "./pressure-valve.ts";
export { PRIORITIES, type Priority } from "./priority.ts";
export type { Queue } from "./queue.ts";
export type { Route, RouteMatcher } from "./route.ts";
export type { RouteDestination } from "./route-destination.ts";
export type { ChannelStats, EventBusStats } from "./stats.ts";
export type { EventHandler, HandlerContext, SubscribeOptions } from "./subscriber.ts";
