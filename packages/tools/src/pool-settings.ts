import { type Duration, parseDuration } from "@llmspell/base";
import type { CircuitBreakerOptions, LoadBalancer } from "@llmspell/resilience";
import { toolErrors } from "./errors.ts";
import { toolPoolSectionDefaults, toolsSectionDefaults } from "./generated/options.ts";
import type { ToolExecutionPoolDependencies, ToolExecutionPoolOptions, ToolPoolOptions } from "./pool-options.ts";
import type { PoolScaler } from "./pool-scaler.ts";
import { sizeBoundsOf } from "./pool-size.ts";
import { PoolSlots } from "./pool-slots.ts";
import type { Tool } from "./tool.ts";
import type { PlannedWarmUp } from "./warm-up-plan.ts";

/** The settings of one pool with defaults filled in, units parsed (milliseconds) and slots resolved. */
export interface ToolPoolSettings {
  readonly name: string;
  readonly tool: Tool;
  readonly min: number;
  readonly max: number;
  readonly concurrency: number;
  readonly maxQueue: number;
  readonly acquireTimeout: number;
  readonly creationTimeout: number;
  readonly executionTimeout: number;
  readonly maxUses: number;
  readonly maxLifetime: number;
  readonly idleTimeout: number;
  readonly warmUps: readonly PlannedWarmUp[];
  readonly scaler: PoolScaler;
  readonly balancer: LoadBalancer | undefined;
  readonly breaker: CircuitBreakerOptions | undefined;
  /** Infinite where instances are lent unchecked. */
  readonly validateOnBorrow: number;
  readonly leaseWarning: number;
}

/**
 * One pool's settings from its options: defaults, units, slots.
 *
 * @throws LLMSPELL_E_POOL_OPTIONS when the options do not fit each other, or a slot cannot be filled
 */
export function poolSettings(
  name: string,
  { pools: _, ...section }: ToolExecutionPoolOptions,
  options: ToolPoolOptions,
  dependencies: ToolExecutionPoolDependencies,
): ToolPoolSettings {
  const given = { ...toolPoolSectionDefaults, ...options };
  const { min, max } = sizeBoundsOf(options.size);
  if (min > max) {
    throw toolErrors.LLMSPELL_E_POOL_OPTIONS({ pool: name, problem: `size.min ${min} is above size.max ${max}.` });
  }
  const idleTimeout = section.idleTimeout ?? toolsSectionDefaults.idleTimeout;
  const slots = new PoolSlots(name, dependencies);
  return {
    name,
    tool: slots.tool(options.tool),
    min,
    max,
    concurrency: given.concurrency,
    maxQueue: given.maxQueue,
    acquireTimeout: parseDuration(given.acquireTimeout),
    creationTimeout: parseDuration(given.creationTimeout),
    executionTimeout: parseDuration(given.executionTimeout),
    maxUses: given.maxUses ?? Number.POSITIVE_INFINITY,
    maxLifetime: durationOrForever(given.maxLifetime),
    idleTimeout: parseDuration(idleTimeout),
    warmUps: (options.warmUp ?? []).map((chosen) => slots.warmUp(chosen)),
    scaler: slots.scaler(options.scaling, idleTimeout),
    balancer: slots.balancer(options.balancer),
    breaker: options.breaker,
    validateOnBorrow: durationOrForever(options.validateOnBorrow),
    leaseWarning: parseDuration(given.leaseWarning),
  };
}

function durationOrForever(given: Duration | undefined): number {
  return given === undefined ? Number.POSITIVE_INFINITY : parseDuration(given);
}
