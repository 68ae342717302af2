import type { Clock } from "@llmspell/base";
import type { HookData } from "./hook-context.ts";
import type { ExecutionPlan, PlannedHook } from "./plan/execution-plan.ts";

/**
 * One run of a hook point, as a strategy drives it.
 *
 * Nothing here throws or rejects for a hook that fails: outcomes are kept, and `hasEnded` tells when one of them has
 * ended the run. Calls after that do nothing; the hooks that are left have been accounted for as skipped.
 */
export interface HookExecution {
  /** The data with every change merged so far. */
  readonly data: HookData;
  /** Whether a hook, the point's deadline or the caller has ended the run. */
  readonly hasEnded: boolean;
  /** Milliseconds since the run began; for strategies that say `needsTime`. */
  elapsed(): number;
  /**
   * Calls one hook: condition, failed dependencies, cache, breaker, timeout and accounting included. Its changes are kept
   * until `merge`.
   *
   * @param whenDone called once, later, and only if this returned false; one function can serve all calls
   * @param data what the hook sees; the run's data unless given
   * @param limit milliseconds after which the hook is skipped for the reason `budget`, its signal aborted and its answer
   * dropped; none unless given
   * @returns whether the hook is done already
   */
  call(hook: PlannedHook, whenDone: (hook: PlannedHook) => void, data?: HookData, limit?: number): boolean;
  /**
   * Calls the hooks of one step of the plan at once on the same data and merges their changes when all have answered.
   * A hook of mode `asynchronous` is only started here: it is awaited, and its changes merged, before a later step
   * that depends on it, or else at the end of the run.
   *
   * @param whenDone as for `call`, for the whole step
   * @param limit as for `call`, for each of the hooks
   * @returns whether the step is done already
   */
  callStep(step: readonly PlannedHook[], whenDone: () => void, limit?: number): boolean;
  /** Leaves a hook out, for the reason `budget`; those that depend on it are skipped too when they are called. */
  skip(hook: PlannedHook): void;
  /**
   * Merges the changes of `hooks`, in plan order, into the data; each hook once. Two of them that do not depend on each
   * other and set one path differently are a conflict.
   */
  merge(hooks: readonly PlannedHook[]): void;
  /**
   * The data as changed by the hooks that `hook` depends on, directly or not, and by no other: what a hook sees when
   * only dependencies order the run, so that the result does not depend on which hook was faster.
   */
  dataAfterDependencies(hook: PlannedHook): HookData;
}

/** What has been learned about a hook; it changes while the hook is called. */
export interface HookProfile {
  /** How long it takes: an exponentially weighted moving average, seeded by `expectedDuration`; milliseconds. */
  readonly duration: number;
  /** The share of calls that did not fail, from 0 to 1: a moving average, seeded by 1. */
  readonly successRate: number;
}

/** What a strategy may use beside the plan. */
export interface HookRuntime {
  readonly clock: Clock;
  profileOf(hook: PlannedHook): HookProfile;
}

/**
 * Runs the hooks of one execution. The run is over when this has returned, or the last `whenDone` has, and no hook is
 * being awaited; a strategy therefore waits for nothing but hooks.
 *
 * Each hook of the plan must be called, or skipped, exactly once, unless the run ends before.
 */
export type CompiledPlan = (execution: HookExecution) => void;

/**
 * An implementation of the kind `hook-strategy`: in which order the hooks of a point are called, and which at once.
 * What can be decided from the plan alone belongs into `compile`, which runs once for each change of the hooks.
 */
export interface HookStrategy {
  readonly name: string;
  /**
   * Whether hooks that answer at once, with nothing, are called in plan order, each on the data that the run began with.
   * Then the manager calls them itself, by code made for the plan, until one has something to say, and only
   * for the rest of the run is the compiled plan needed.
   */
  readonly callsInPlanOrder: boolean;
  /**
   * Whether each of them, but for hooks of mode `parallel` and `asynchronous`, is called only when the one before has
   * answered, also where that takes a promise. Then the manager can go on itself after a promise, too.
   */
  readonly awaitsEach: boolean;
  /**
   * Whether it looks at the time: at `elapsed`, at profiles, or by a `limit` for its calls, which else need not hold for
   * those that the manager makes itself. Then every run is measured, and not only a sample.
   */
  readonly needsTime: boolean;
  compile(plan: ExecutionPlan, runtime: HookRuntime): CompiledPlan;
  /** What it has counted itself at a point, by name; shown in the details of the point's reading. */
  figures?(point: string): Readonly<Record<string, number>>;
}

declare module "@llmspell/kernel" {
  interface Kinds {
    "hook-strategy": HookStrategy;
  }
}
