import {
  AdaptiveScalingPolicy as Adaptive,
  LoadBasedScalingPolicy as LoadBased,
  PredictiveScalingPolicy as Predictive,
} from "@llmspell/plugin-scaling-policies";
import { InstanceTask } from "@llmspell/plugin-warm-ups";
import {
  ToolExecutionPool as Pool,
  type ScalingAction,
  type ScalingPolicy,
  type Tool,
  type ToolExecutionPoolDependencies,
  type ToolExecutionPoolOptions,
  type ToolPoolOptions,
} from "@llmspell/tools";

/** The options of a `ToolExecutionPool`. */
export interface ToolPoolingOptions {
  /** The pools by tool type, which is also what `createTool` is asked for. */
  readonly pools: Readonly<Record<string, SpecializedPoolOptions>>;
  readonly global_settings?: GlobalPoolSettings | undefined;
}

export interface SpecializedPoolOptions {
  /** Instances that are kept ready; 1 when left out. */
  readonly min_size?: number | undefined;
  /** Instances there are at most; 4 when left out. */
  readonly max_size?: number | undefined;
  /** What each new instance does before its first call, of what it offers, in this order. */
  readonly warm_up_tasks?: readonly string[] | undefined;
  /** One is added for each caller who waits, and goes when idle, when left out. */
  readonly scaling_policy?: ScalingPolicy | undefined;
}

export interface GlobalPoolSettings {
  /** Seconds; 30 when left out. */
  readonly health_check_interval?: number | undefined;
  /** How long an instance above `min_size` may go unused; seconds, 300 when left out. */
  readonly idle_timeout?: number | undefined;
  /** What the instances of all pools together may hold; bytes, no limit when left out. */
  readonly max_pool_memory?: number | undefined;
  /** The figures cost next to nothing and are always kept. */
  readonly performance_monitoring?: true | undefined;
}

/** What a `ToolExecutionPool` takes from outside. */
export interface ToolPoolingDependencies extends Omit<ToolExecutionPoolDependencies, "create"> {
  /** Makes the tool of the pool of a type. */
  readonly createTool: (toolType: string) => Tool;
}

/**
 * A `ToolExecutionPool` of `@llmspell/tools` under the names of the design that llmspell was built from, for code that is
 * written in them.
 *
 * @example
 * const tool_pool = ToolExecutionPool.new(
 *   { pools: { web_search: { min_size: 2, warm_up_tasks: ["establish_connections"] } } },
 *   { createTool: () => new WebSearch({ url }) },
 * );
 * await tool_pool.start();
 */
export class ToolExecutionPool extends Pool {
  /** @throws LLMSPELL_E_POOL_OPTIONS, LLMSPELL_E_TOOL_SCHEMA, LLMSPELL_E_DURATION when the options do not fit */
  static new(options: ToolPoolingOptions, dependencies: ToolPoolingDependencies): ToolExecutionPool {
    const { createTool, ...others } = dependencies;
    return new ToolExecutionPool(sectionOf(options, createTool), others);
  }

  /** Calls under way over the calls that the live instances could serve at once, now; 0 to 1. */
  get_utilization(pool: string): number {
    return this.getUtilization(pool);
  }

  /** How long calls ran, mean, in milliseconds: of one pool, or of all. */
  get_avg_execution_time(pool?: string): number {
    return this.getAvgExecutionTime(pool);
  }

  /** The changes of size, oldest first: of one pool, or of all. */
  get_scaling_history(pool?: string): readonly ScalingAction[] {
    return this.getScalingHistory(pool);
  }
}

/** The policy `adaptive`. */
export class AdaptiveScalingPolicy extends Adaptive {
  /** @throws LLMSPELL_E_POOL_SCALING_THRESHOLDS */
  static new(options: {
    readonly target_utilization?: number | undefined;
    readonly scale_up_threshold?: number | undefined;
    readonly scale_down_threshold?: number | undefined;
  }): AdaptiveScalingPolicy {
    const { target_utilization, scale_up_threshold, scale_down_threshold } = options;
    return new AdaptiveScalingPolicy({
      ...(target_utilization === undefined ? {} : { targetUtilization: target_utilization }),
      ...(scale_up_threshold === undefined ? {} : { scaleUpThreshold: scale_up_threshold }),
      ...(scale_down_threshold === undefined ? {} : { scaleDownThreshold: scale_down_threshold }),
    });
  }
}

/** The policy `predictive`. */
export class PredictiveScalingPolicy extends Predictive {
  static new(options: {
    /** Seconds. */
    readonly prediction_window?: number | undefined;
    readonly confidence_threshold?: number | undefined;
  }): PredictiveScalingPolicy {
    const { prediction_window, confidence_threshold } = options;
    return new PredictiveScalingPolicy({
      ...(prediction_window === undefined ? {} : { predictionWindow: milliseconds(prediction_window) }),
      ...(confidence_threshold === undefined ? {} : { confidenceThreshold: confidence_threshold }),
    });
  }
}

/** The policy `load_based`. */
export class LoadBasedScalingPolicy extends LoadBased {
  /** @throws LLMSPELL_E_POOL_SCALING_REQUESTS */
  static new(options: { readonly requests_per_instance?: number | undefined }): LoadBasedScalingPolicy {
    const { requests_per_instance } = options;
    return new LoadBasedScalingPolicy(
      requests_per_instance === undefined ? {} : { requestsPerInstance: requests_per_instance },
    );
  }
}

function sectionOf(
  { pools, global_settings: settings = {} }: ToolPoolingOptions,
  createTool: ToolPoolingDependencies["createTool"],
): ToolExecutionPoolOptions {
  const { health_check_interval, idle_timeout, max_pool_memory } = settings;
  return {
    ...(health_check_interval === undefined ? {} : { healthCheckInterval: milliseconds(health_check_interval) }),
    ...(idle_timeout === undefined ? {} : { idleTimeout: milliseconds(idle_timeout) }),
    ...(max_pool_memory === undefined ? {} : { maxPoolMemory: max_pool_memory }),
    pools: Object.fromEntries(
      Object.entries(pools).map(([toolType, pool]) => [toolType, poolOf(createTool(toolType), pool)]),
    ),
  };
}

function poolOf(tool: Tool, pool: SpecializedPoolOptions): ToolPoolOptions {
  const { min_size, max_size, warm_up_tasks = [], scaling_policy } = pool;
  return {
    tool,
    size: {
      ...(min_size === undefined ? {} : { min: min_size }),
      ...(max_size === undefined ? {} : { max: max_size }),
    },
    warmUp: warm_up_tasks.map((task) => new InstanceTask({ task })),
    ...(scaling_policy === undefined ? {} : { scaling: { use: scaling_policy } }),
  };
}

function milliseconds(seconds: number): number {
  return seconds * 1000;
}
