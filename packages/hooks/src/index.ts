export { type Bracket, type BracketedRun, type HookVerdict, runBracket } from "./bracket.ts";
export { hookErrors } from "./errors.ts";
export type { RunRequest } from "./execution/run-request.ts";
export type {
  Hook,
  HookAnswer,
  HookCacheUse,
  HookDefinition,
  HookErrorPolicy,
  HookHandler,
  HookMode,
  StreamTreatment,
} from "./hook.ts";
export type { ComputedAnswer, HookCache } from "./hook-cache.ts";
export type { HookContext, HookData } from "./hook-context.ts";
export { HookManager, type HookManagerDependencies, type HookManagerOptions } from "./hook-manager.ts";
export {
  type CancelOutcome,
  cancel,
  type HookOutcome,
  type ModifyOutcome,
  modify,
  type ReplaceOutcome,
  type RetryOutcome,
  replace,
  retry,
} from "./hook-outcome.ts";
export type {
  CancelledRun,
  CompletedRun,
  HookEntry,
  HookRun,
  ReplacedRun,
  RetriedRun,
  SkipReason,
} from "./hook-run.ts";
export type { CompiledPlan, HookExecution, HookProfile, HookRuntime, HookStrategy } from "./hook-strategy.ts";
export { HookInstruments, type ObservedCall, type ObservedRun, type RunStatus } from "./instruments.ts";
export { compileInvalidationKey } from "./invalidation-key.ts";
export { applyMergePatch, isPlainObject } from "./patches/merge-patch.ts";
export type { ConflictPolicy } from "./patches/patch-merge.ts";
export type { CriticalPath, ExecutionPlan, ParallelGroup, PlannedHook } from "./plan/execution-plan.ts";
export { type PlannableHook, planHooks } from "./plan/plan-hooks.ts";
export { default } from "./plugin.ts";
export type { HookEntryOptions, HooksSection } from "./section.ts";
export { sequentialStrategy } from "./sequential-strategy.ts";
export type { CacheStatistics, HookStatistics, PointStatistics } from "./statistics/hook-statistics.ts";
export { readingsOf } from "./statistics/readings.ts";
