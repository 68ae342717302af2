import { type Duration, parseDuration } from "@llmspell/base";
import type { KindName, Kinds, Use } from "@llmspell/kernel";
import type { LoadBalancer } from "@llmspell/resilience";
import { toolErrors } from "./errors.ts";
import { type WarmUpContract, warmUpContractDefaults } from "./generated/options.ts";
import { OnDemandScalingPolicy } from "./on-demand-scaling.ts";
import type { ToolExecutionPoolDependencies, ToolPoolOptions, WarmUpChoice, WarmUpOptions } from "./pool-options.ts";
import { PoolScaler } from "./pool-scaler.ts";
import type { ScalingPolicy } from "./scaling-policy.ts";
import type { Tool } from "./tool.ts";
import type { WarmUp } from "./warm-up.ts";
import type { PlannedWarmUp } from "./warm-up-plan.ts";

/** Fills a pool's slots: with what is given, or with what the name under `use` creates. */
export class PoolSlots {
  readonly #pool: string;
  readonly #dependencies: ToolExecutionPoolDependencies;

  constructor(pool: string, dependencies: ToolExecutionPoolDependencies) {
    this.#pool = pool;
    this.#dependencies = dependencies;
  }

  tool(chosen: ToolPoolOptions["tool"]): Tool {
    return isTool(chosen) ? chosen : this.#create("tool", chosen);
  }

  /** @param idleTimeout of a pool that names no policy */
  scaler(chosen: ToolPoolOptions["scaling"], idleTimeout: Duration): PoolScaler {
    if (chosen === undefined) return new PoolScaler(this.#pool, new OnDemandScalingPolicy({ idleTimeout, spare: 0 }));
    const cooldown = typeof chosen === "string" ? undefined : chosen["cooldown"];
    const isGiven = typeof cooldown === "string" || typeof cooldown === "number";
    return new PoolScaler(this.#pool, this.#policy(chosen), isGiven ? parseDuration(cooldown) : undefined);
  }

  balancer(chosen: ToolPoolOptions["balancer"]): LoadBalancer | undefined {
    if (chosen === undefined) return undefined;
    return typeof chosen === "object" && isBalancer(chosen) ? chosen : this.#create("load-balancer", chosen);
  }

  warmUp(chosen: WarmUpChoice): PlannedWarmUp {
    if (typeof chosen === "string") return plan(chosen, this.#create("warm-up", chosen), {});
    if (isWarmUp(chosen)) return plan(chosen.constructor.name, chosen, {});
    if (hasWarmUp(chosen)) return plan(chosen.use.constructor.name, chosen.use, chosen);
    return plan(chosen.use, this.#create("warm-up", chosen), chosen);
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

function plan(name: string, warmUp: WarmUp, { retries, timeout, onError }: ContractKeys): PlannedWarmUp {
  const isTimeoutGiven = typeof timeout === "string" || typeof timeout === "number";
  return {
    name,
    warmUp,
    retries: typeof retries === "number" ? retries : warmUpContractDefaults.retries,
    timeout: parseDuration(isTimeoutGiven ? timeout : warmUpContractDefaults.timeout),
    onError: onError === "fail" || onError === "continue" ? onError : warmUpContractDefaults.onError,
  };
}

/** The contract's keys as a use from YAML has them, whose schema has been checked before. */
interface ContractKeys extends Readonly<Partial<Record<keyof WarmUpContract, unknown>>> {
  readonly use?: unknown;
}

function isTool(chosen: ToolPoolOptions["tool"]): chosen is Tool {
  return typeof chosen === "object" && "createInstance" in chosen;
}

function isBalancer(chosen: Exclude<ToolPoolOptions["balancer"], string | undefined>): chosen is LoadBalancer {
  return "pick" in chosen;
}

function isWarmUp(chosen: Exclude<WarmUpChoice, string>): chosen is WarmUp {
  return "run" in chosen;
}

function hasWarmUp(chosen: { readonly use: unknown }): chosen is WarmUpOptions {
  return typeof chosen.use === "object";
}

function hasPolicy(chosen: { readonly use: unknown }): chosen is { readonly use: ScalingPolicy } {
  return typeof chosen.use === "object";
}
