// The subpath `@llmspell/hooks/plan`: how hooks are planned, for what only looks at a configuration and runs none of it.
export { type HookRetryOptions, hookRetryOptionsDefaults, hooksOptionsDefaults } from "../generated/options.ts";
export { type BreakerSettings, breakerSettingsOf, type HookPlacement, settingsOf } from "../hook-settings.ts";
export type { CriticalPath, ExecutionPlan, ParallelGroup, PlannedHook } from "./execution-plan.ts";
export { type PlannableHook, planHooks } from "./plan-hooks.ts";
