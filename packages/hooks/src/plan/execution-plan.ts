import type { HookErrorPolicy, HookMode, StreamTreatment } from "../hook.ts";

/** A hook in a plan: its definition with every default filled in, and its place in the graph. */
export interface PlannedHook {
  /** Its position in `ExecutionPlan.hooks`. */
  readonly index: number;
  readonly id: string;
  readonly priority: number;
  readonly mode: HookMode;
  readonly group: string | undefined;
  readonly required: boolean;
  readonly onError: HookErrorPolicy;
  /** Milliseconds. */
  readonly expectedDuration: number;
  /** Milliseconds. */
  readonly minDuration: number;
  /** Milliseconds; `undefined` for no limit. */
  readonly timeout: number | undefined;
  readonly stream: StreamTreatment;
  /** The longest way, in dependencies, from a hook that depends on none. */
  readonly level: number;
  /** Positions of the hooks that it depends on directly, ascending. */
  readonly dependencies: readonly number[];
  /** Positions of the hooks that depend on it directly, ascending. */
  readonly dependents: readonly number[];
}

/** Hooks of mode `parallel` that run at once: those of one `group` on one level, also when that is a single one. */
export interface ParallelGroup {
  /** `undefined` for the hooks that name no group. */
  readonly name: string | undefined;
  readonly level: number;
  readonly hooks: readonly PlannedHook[];
  /** That of its slowest member; milliseconds. */
  readonly estimatedDuration: number;
}

/** The chain of dependencies that takes longest; background hooks take no time of the run. */
export interface CriticalPath {
  readonly hooks: readonly PlannedHook[];
  /** Milliseconds. */
  readonly duration: number;
}

/** How the hooks of one point can be run, worked out once for each change of them. */
export interface ExecutionPlan {
  readonly point: string;
  /** In order: dependencies first, then higher priority, then earlier registration. */
  readonly hooks: readonly PlannedHook[];
  /** The same hooks in the same order, taken together where they are called together: each parallel group is one step. */
  readonly steps: readonly (readonly PlannedHook[])[];
  /** The hooks by level. */
  readonly levels: readonly (readonly PlannedHook[])[];
  readonly groups: readonly ParallelGroup[];
  readonly criticalPath: CriticalPath;
  /** What the whole takes, one hook after the other; milliseconds, background hooks left out. */
  readonly estimatedDuration: number;
}
