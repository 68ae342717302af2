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
  /** Whether a hook or the caller has ended the run. */
  readonly hasEnded: boolean;
  /**
   * Calls one hook: condition, failed dependencies, timeout and accounting included. Returns a promise only if the
   * hook answers later. Its changes are kept until `merge`.
   *
   * @param data what the hook sees; the run's data unless given
   */
  call(hook: PlannedHook, data?: HookData): Promise<void> | undefined;
  /**
   * Merges the changes of `hooks`, in plan order, into the data; each hook once. Two of them that do not depend on each
   * other and set one path differently are a conflict.
   */
  merge(hooks: readonly PlannedHook[]): void;
  /**
   * Calls the hooks of one step of the plan at once on the same data and merges their changes when all have answered.
   * A hook of mode `asynchronous` is only started here: it is awaited, and its changes merged, before a later step
   * that depends on it, or else when the compiled plan has returned.
   */
  callStep(step: readonly PlannedHook[]): Promise<void> | undefined;
  /**
   * The data as changed by the hooks that `hook` depends on, directly or not, and by no other: what a hook sees when
   * only dependencies order the run, so that the result does not depend on which hook was faster.
   */
  dataAfterDependencies(hook: PlannedHook): HookData;
}

/** What a strategy may use beside the plan. */
export interface HookRuntime {
  readonly clock: Clock;
}

/**
 * Runs the hooks of one execution; returns a promise only if something has to be awaited.
 *
 * Each hook of the plan must be called exactly once, unless the run ends before.
 */
export type CompiledPlan = (execution: HookExecution) => Promise<void> | undefined;

/**
 * An implementation of the kind `hook-strategy`: in which order the hooks of a point are called, and which at once.
 * What can be decided from the plan alone belongs into `compile`, which runs once for each change of the hooks.
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
