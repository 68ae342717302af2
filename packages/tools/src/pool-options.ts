import type { Clock, Duration, Log, Random } from "@llmspell/base";
import type { KindName, Kinds, Use } from "@llmspell/kernel";
import type { LoadBalancer } from "@llmspell/resilience";
import type { ToolPoolSection, ToolsSection, WarmUpContract } from "./generated/options.ts";
import type { ScalingPolicy } from "./scaling-policy.ts";
import type { Tool, ToolProgress } from "./tool.ts";
import type { WarmUp } from "./warm-up.ts";

/** The options of one pool: its YAML object, where each slot also takes the implementation itself. */
export interface ToolPoolOptions extends Omit<ToolPoolSection, "tool" | "scaling" | "balancer" | "warmUp"> {
  readonly tool: Use | Tool;
  readonly scaling?: Use | { readonly use: ScalingPolicy; readonly cooldown?: Duration };
  readonly warmUp?: readonly WarmUpChoice[];
  readonly balancer?: Use | LoadBalancer;
}

/** How a pool is told of a warm-up: by name, or with the implementation itself. */
export type WarmUpChoice = Use | WarmUp | WarmUpOptions;

/** A warm-up of one's own, with the keys that YAML takes beside a name. */
export interface WarmUpOptions extends WarmUpContract {
  readonly use: WarmUp;
}

/** The options of a `ToolExecutionPool`: the `tools` section. */
export interface ToolExecutionPoolOptions extends Omit<ToolsSection, "pools"> {
  readonly pools: Readonly<Record<string, ToolPoolOptions>>;
}

/** What a `ToolExecutionPool` takes from outside; the system's own where absent. */
export interface ToolExecutionPoolDependencies {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Log;
  /** Creates what a slot names with `use`, as `kernel.create` does. Without it slots take implementations only. */
  create?<Kind extends KindName>(kind: Kind, use: Use, owner: string): Kinds[Kind];
}

/** Who is served first among callers that wait; of a lower priority, one is served for every hundred of higher ones. */
export type Priority = "critical" | "high" | "normal" | "low";

/** How one caller wants an instance. */
export interface AcquireOptions {
  /** Gives up waiting, or the call that runs; the caller gets the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait for an instance; the pool's `acquireTimeout` when absent. */
  readonly timeout?: Duration | undefined;
  /** Who is served first among those that wait: `normal` when absent; first come, first served among equals. */
  readonly priority?: Priority | undefined;
  /** Calls with equal keys go to the same instance where the balancer heeds keys and a choice is free. */
  readonly key?: string | undefined;
}

/** How one call is made. */
export interface ExecuteOptions extends Omit<AcquireOptions, "timeout"> {
  /** How long the call may run once it has an instance; the pool's `executionTimeout` when absent. */
  readonly timeout?: Duration | undefined;
  /** Told how far the call has come, where the tool tells it; not any more when the call is settled. */
  readonly onProgress?: ((progress: ToolProgress) => void) | undefined;
}

/** One call. */
export interface ToolRequest {
  /** The pool's name. */
  readonly pool: string;
  /** What the tool's input schema asks for. */
  readonly input: unknown;
}
