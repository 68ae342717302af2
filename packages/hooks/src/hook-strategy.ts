import type { Clock } from "@llmspell/kernel";
import type { ExecutionPlan, PlannedHook } from "./execution-plan.ts";
import type { HookData } from "./hook-context.ts";
import type { SkipReason } from "./hook-run.ts";

/** One run of a hook point, as a strategy sees it. */
export interface HookExecution {
  /** The data with every change merged so far. */
  readonly data: HookData;
  /** Whether a hook or the caller has ended the run. Calls after that only account for the hooks as skipped. */
  readonly hasEnded: boolean;
}

/**
 * What every strategy is built on. It never throws for a hook that fails and its promises never reject: outcomes are
 * kept in the execution, and `HookExecution.hasEnded` tells when one of them has ended the run.
 */
export interface HookRuntime {
  readonly clock: Clock;
  /**
   * Calls one hook: condition, failed dependencies, timeout and accounting included. Returns a promise only if the
   * hook answers later. Its changes are kept until `merge`.
   *
   * @param data what the hook sees; `execution.data` unless given
   */
  call(execution: HookExecution, hook: PlannedHook, data?: HookData): Promise<void> | undefined;
  /**
   * Merges the changes of `hooks`, in the order of the plan, into `execution.data`. Two of them that do not depend on
   * each other and set one path differently are a conflict.
   */
  merge(execution: HookExecution, hooks: readonly PlannedHook[]): void;
  /**
   * Calls the hooks of one step of the plan at once on the same data and merges their changes when all have answered.
   * A hook of mode `asynchronous` is started, and awaited only when a hook of a later step depends on it; the runtime
   * awaits those that are left when the compiled plan has returned.
   */
  callStep(execution: HookExecution, step: readonly PlannedHook[]): Promise<void> | undefined;
  /**
   * The data as changed by the hooks that `hook` depends on, directly or not, and by no other: what a hook sees when
   * only dependencies order the run, so that the result does not depend on which hook was faster.
   */
  dataAfterDependencies(execution: HookExecution, hook: PlannedHook): HookData;
  /** Leaves a hook out of this run. */
  skip(execution: HookExecution, hook: PlannedHook, reason: SkipReason): void;
}

/**
 * Runs the hooks of one execution; returns a promise only if something has to be awaited.
 *
 * Each hook of the plan must be called or skipped exactly once.
 */
export type CompiledPlan = (execution: HookExecution) => Promise<void> | undefined;

/**
 * An implementation of the kind `hook-strategy`: in which order the hooks of a point are called, and which at once.
 * What could be decided from the plan alone belongs into `compile`, which runs once for each change of the hooks.
 */
export interface HookStrategy {
  readonly name: string;
  compile(plan: ExecutionPlan, runtime: HookRuntime): CompiledPlan;
}

declare module "@llmspell/kernel" {
  interface Kinds {
    "hook-strategy": HookStrategy;
  }
}
