export { type Staffing, serversFor } from "./erlang-c.ts";
export { toolErrors } from "./errors.ts";
export type { ScalingContract, ToolPoolSection, ToolsSection, WarmUpContract } from "./generated/options.ts";

export type { Lease } from "./lease.ts";
export type { LeaseFigures } from "./lease-book.ts";
export { type OnDemandScaling, OnDemandScalingPolicy } from "./on-demand-scaling.ts";
export { default } from "./plugin.ts";
export type { CallObserver, InstanceFigures, PoolStats } from "./pool-figures.ts";
export type {
  AcquireOptions,
  ExecuteOptions,
  Priority,
  ToolExecutionPoolDependencies,
  ToolExecutionPoolOptions,
  ToolPoolOptions,
  ToolRequest,
  WarmUpChoice,
  WarmUpOptions,
} from "./pool-options.ts";
export { sizeBoundsOf } from "./pool-size.ts";
export type { InstanceState } from "./pooled-instance.ts";
export type { RetirementReason } from "./retirement.ts";
export type {
  ArrivalHistory,
  ScalingAction,
  ScalingDecision,
  ScalingPolicy,
  ScalingSnapshot,
} from "./scaling-policy.ts";
export type { JsonSchema, Tool, ToolContext, ToolDescription, ToolInstance, ToolProgress } from "./tool.ts";
export { type PoolDescription, ToolExecutionPool } from "./tool-execution-pool.ts";
export type { WarmUp } from "./warm-up.ts";
