export { hookErrors } from "./errors.ts";
export type { RunRequest } from "./execution/execution.ts";
export type { Hook, HookAnswer, HookDefinition, HookErrorPolicy, HookHandler, HookMode } from "./hook.ts";
export type { HookContext, HookData } from "./hook-context.ts";
export { HookManager, type HookManagerDependencies, type HookManagerOptions } from "./hook-manager.ts";
export {
  type CancelOutcome,
  cancel,
  type HookOutcome,
  type ModifyOutcome,
  modify,
  type ReplaceOutcome,
  replace,
} from "./hook-outcome.ts";
export type { CancelledRun, CompletedRun, HookEntry, HookRun, ReplacedRun, SkipReason } from "./hook-run.ts";
export type { CompiledPlan, HookExecution, HookRuntime, HookStrategy } from "./hook-strategy.ts";
export { applyMergePatch, isPlainObject } from "./patches/merge-patch.ts";
export type { ConflictPolicy } from "./patches/patch-merge.ts";
export type { CriticalPath, ExecutionPlan, ParallelGroup, PlannedHook } from "./plan/execution-plan.ts";
export { type PlannableHook, planHooks } from "./plan/plan-hooks.ts";
export { default } from "./plugin.ts";
export type { HookEntryOptions, HooksSection } from "./section.ts";
export { sequentialStrategy } from "./sequential-strategy.ts";
export type { HookStatistics, PointStatistics } from "./statistics/hook-statistics.ts";
export { readingsOf } from "./statistics/readings.ts";
