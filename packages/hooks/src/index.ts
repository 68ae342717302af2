export { hookErrors } from "./errors.ts";
export type { RunRequest } from "./execution.ts";
export type { CriticalPath, ExecutionPlan, ParallelGroup, PlannedHook } from "./execution-plan.ts";
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
export type { HookStatistics, PointStatistics } from "./hook-statistics.ts";
export type { CompiledPlan, HookExecution, HookRuntime, HookStrategy } from "./hook-strategy.ts";
export { applyMergePatch, isPlainObject } from "./merge-patch.ts";
export type { ConflictPolicy } from "./patch-merge.ts";
export { type PlannableHook, planHooks } from "./plan-hooks.ts";
export { default } from "./plugin.ts";
export { readingsOf } from "./readings.ts";
export type { HookEntryOptions, HooksSection } from "./section.ts";
export { sequentialStrategy } from "./sequential-strategy.ts";
