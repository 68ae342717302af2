// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Bytes, Duration } from "@llmspell/base";
import type { Use } from "@llmspell/kernel";

/**
 * Keys of every scaling policy, beside its own options.
 */
export interface ScalingContract {
  /**
   * How long the pool keeps its size after a change, whatever the policy says. Default: what suits the policy: none for those that decide on demand, 30s for the others.
   */
  cooldown?: Duration;
}

/**
 * Pools of tool instances that steps and agents call.
 */
export interface ToolsSection {
  /**
   * The pools, by name.
   */
  pools: {
    [k: string]: ToolPoolSection;
  };
  /**
   * How often the health of every instance is checked, where its tool knows how.
   */
  healthCheckInterval?: Duration;
  /**
   * How long an instance above the pool's minimum may go unused before it is retired.
   */
  idleTimeout?: Duration;
  /**
   * How many instances, of all pools together, are created at once. Default: the number of cores.
   */
  maxParallelCreations?: number;
  /**
   * How much memory the instances of all pools together may hold, as far as it can be measured: child processes and threads. Above it idle instances go, and no pool grows above its minimum. Default: no limit.
   */
  maxPoolMemory?: Bytes;
}
export interface ToolPoolSection {
  /**
   * The tool that every instance of the pool runs.
   */
  tool: Use;
  /**
   * How many instances the pool keeps.
   */
  size?: {
    /**
     * Instances that are kept ready, also when nobody calls.
     */
    min?: number;
    /**
     * Instances there are at most. Default: 4, or `min` where that is more.
     */
    max?: number;
  };
  /**
   * What is done on each new instance before it is lent, in this order.
   */
  warmUp?: Use[];
  /**
   * Calls that one instance serves at once.
   */
  concurrency?: number;
  /**
   * Callers that may wait for an instance; one more is refused.
   */
  maxQueue?: number;
  /**
   * How long a caller waits for an instance.
   */
  acquireTimeout?: Duration;
  /**
   * How long making an instance may take, and before the first one preparing the tool; warm-ups have time limits of their own.
   */
  creationTimeout?: Duration;
  /**
   * How long a call may run once it has an instance.
   */
  executionTimeout?: Duration;
  /**
   * Calls after which an instance is replaced. Default: no limit.
   */
  maxUses?: number;
  /**
   * Age at which an instance is replaced; each one by chance up to a fifth earlier, so that not all go at once. Default: no limit.
   */
  maxLifetime?: Duration;
  /**
   * Decides how many instances there are. Default: as `on_demand` with the section's `idleTimeout`: one is added whenever a caller finds none free, and goes when idle.
   */
  scaling?: Use;
  /**
   * Chooses among the instances that can take a call. Default: the least busy one, and among equals the one that was used last, so that those that are not needed grow idle.
   */
  balancer?: Use;
  breaker?: ToolPoolBreaker;
  /**
   * An instance that was idle for longer is checked before it is lent, where its tool knows how, for at most 5s; when it fails it is replaced, and the next one is tried. Default: never.
   */
  validateOnBorrow?: Duration;
  /**
   * A lease that is kept for longer is reported, once, with the place that took it.
   */
  leaseWarning?: Duration;
}
/**
 * When calls that keep failing are stopped for a while: what fails in the tool counts, and calls that take too long; not what callers give up, nor what they ask wrongly.
 */
export interface ToolPoolBreaker {
  /**
   * The share of failed calls at which the breaker opens: 0.5 is half of them.
   */
  threshold?: number;
  /**
   * How far back calls count.
   */
  window?: Duration;
  /**
   * Below this many calls in the window the breaker never opens.
   */
  minimumCalls?: number;
  /**
   * So many failed calls in a row open it too, whatever their share and however few calls there were. When left out, only shares do.
   */
  consecutiveFailures?: number;
  /**
   * A call that takes longer is slow. When left out, how long calls take does not matter.
   */
  slowCallDuration?: Duration;
  /**
   * The share of slow calls at which the breaker opens, `slowCallDuration` given: 1 is when all of them are slow.
   */
  slowCallThreshold?: number;
  /**
   * How long it stays open before it lets trial calls through.
   */
  openDuration?: Duration;
  /**
   * How many trial calls must succeed for it to close; one that fails, or is slow, opens it again.
   */
  halfOpenCalls?: number;
}

export const toolsSectionDefaults = {
  "healthCheckInterval": "30s",
  "idleTimeout": "5m"
} as const;

export const toolPoolSectionDefaults = {
  "size": {
    "min": 1
  },
  "warmUp": [],
  "concurrency": 1,
  "maxQueue": 1000,
  "acquireTimeout": "30s",
  "creationTimeout": "30s",
  "executionTimeout": "60s",
  "leaseWarning": "60s"
} as const;

export const toolPoolBreakerDefaults = {
  "threshold": 0.5,
  "window": "10s",
  "minimumCalls": 10,
  "slowCallThreshold": 1,
  "openDuration": "30s",
  "halfOpenCalls": 3
} as const;

/**
 * Keys of every warm-up, beside its own options.
 */
export interface WarmUpContract {
  /**
   * How often it is tried again after it has failed, each time after a longer pause.
   */
  retries?: number;
  /**
   * How long one attempt may take.
   */
  timeout?: Duration;
  /**
   * When the last attempt failed: `fail` gives the instance up, and the pool creates another after a pause; `continue` lends it all the same, with a warning.
   */
  onError?: "fail" | "continue";
}

export const warmUpContractDefaults = {
  "retries": 2,
  "timeout": "30s",
  "onError": "fail"
} as const;
