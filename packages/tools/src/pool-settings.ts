import { type Duration, parseDuration } from "@llmspell/base";
import type { KindName, Kinds, Use } from "@llmspell/kernel";
import type { CircuitBreakerOptions, LoadBalancer } from "@llmspell/resilience";
import { toolErrors } from "./errors.ts";
import { scalingContractDefaults, toolPoolSectionDefaults, toolsSectionDefaults } from "./generated/options.ts";
import type { ToolExecutionPoolDependencies, ToolExecutionPoolOptions, ToolPoolOptions } from "./pool-options.ts";
import { PoolScaler } from "./pool-scaler.ts";
import type { ScalingPolicy } from "./scaling-policy.ts";
import type { Tool } from "./tool.ts";

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
  readonly scaler: PoolScaler | undefined;
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
  const size = { ...toolPoolSectionDefaults.size, ...options.size };
  // A minimum above the default maximum means a pool of that size, not a contradiction.
  const max = options.size?.max ?? Math.max(size.min, size.max);
  if (size.min > max) {
    throw toolErrors.LLMSPELL_E_POOL_OPTIONS({ pool: name, problem: `size.min ${size.min} is above size.max ${max}.` });
  }
  const slots = new Slots(name, dependencies);
  return {
    name,
    tool: slots.tool(options.tool),
    min: size.min,
    max,
    concurrency: given.concurrency,
    maxQueue: given.maxQueue,
    acquireTimeout: parseDuration(given.acquireTimeout),
    creationTimeout: parseDuration(given.creationTimeout),
    executionTimeout: parseDuration(given.executionTimeout),
    maxUses: given.maxUses ?? Number.POSITIVE_INFINITY,
    maxLifetime: durationOrForever(given.maxLifetime),
    idleTimeout: parseDuration(section.idleTimeout ?? toolsSectionDefaults.idleTimeout),
    scaler: slots.scaler(options.scaling),
    balancer: slots.balancer(options.balancer),
    breaker: options.breaker,
    validateOnBorrow: durationOrForever(options.validateOnBorrow),
    leaseWarning: parseDuration(given.leaseWarning),
  };
}

function durationOrForever(given: Duration | undefined): number {
  return given === undefined ? Number.POSITIVE_INFINITY : parseDuration(given);
}

/** Fills a pool's slots: with what is given, or with what the name under `use` creates. */
class Slots {
  readonly #pool: string;
  readonly #dependencies: ToolExecutionPoolDependencies;

  constructor(pool: string, dependencies: ToolExecutionPoolDependencies) {
    this.#pool = pool;
    this.#dependencies = dependencies;
  }

  tool(chosen: ToolPoolOptions["tool"]): Tool {
    return isTool(chosen) ? chosen : this.#create("tool", chosen);
  }

  scaler(chosen: ToolPoolOptions["scaling"]): PoolScaler | undefined {
    if (chosen === undefined) return undefined;
    const cooldown = typeof chosen === "string" ? undefined : chosen["cooldown"];
    const isDuration = typeof cooldown === "string" || typeof cooldown === "number";
    const milliseconds = parseDuration(isDuration ? cooldown : scalingContractDefaults.cooldown);
    return new PoolScaler(this.#pool, this.#policy(chosen), milliseconds);
  }

  balancer(chosen: ToolPoolOptions["balancer"]): LoadBalancer | undefined {
    if (chosen === undefined) return undefined;
    if (typeof chosen === "object" && isBalancer(chosen)) return chosen;
    return this.#create("load-balancer", chosen);
  }

  #policy(chosen: NonNullable<ToolPoolOptions["scaling"]>): ScalingPolicy {
    if (typeof chosen === "object" && hasPolicy(chosen)) return chosen.use;
    return this.#create("scaling-policy", chosen);
  }

  #create<Kind extends KindName>(kind: Kind, use: Use): Kinds[Kind] {
    if (this.#dependencies.create === undefined) {
      const named = typeof use === "string" ? use : use.use;
      const problem = `nothing creates the ${kind} "${named}".`;
      throw toolErrors.LLMSPELL_E_POOL_OPTIONS({ pool: this.#pool, problem });
    }
    return this.#dependencies.create(kind, use, `pool ${this.#pool}`);
  }
}

function isTool(chosen: ToolPoolOptions["tool"]): chosen is Tool {
  return typeof chosen === "object" && "createInstance" in chosen;
}

function isBalancer(chosen: Exclude<ToolPoolOptions["balancer"], string | undefined>): chosen is LoadBalancer {
  return "pick" in chosen;
}

function hasPolicy(chosen: { readonly use: unknown }): chosen is { readonly use: ScalingPolicy } {
  return typeof chosen.use === "object";
}
