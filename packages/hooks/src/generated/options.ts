// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Duration } from "@llmspell/base";
import type { Use } from "@llmspell/kernel";

/**
 * The keys that stand beside `use` whatever the cache.
 */
export interface HookCacheContract {
  /**
   * What the hook's answer depends on: a list of paths (`data.repo.id`, `input.user`), the fastest; or CEL over context.point, context.input and context.data. Without it, all of input and data counts, which is slow when there is much.
   *
   * @minItems 1
   */
  key?: [string, ...string[]] | string;
}

/**
 * The keys that stand beside `use` whatever the hook.
 */
export interface HookContract {
  /**
   * The hook's name; unique at its point.
   */
  id: string;
  /**
   * Higher runs first among hooks that do not depend on each other.
   */
  priority?: number;
  /**
   * How the hook stands to the others of its point: in order, awaited at the end, at once with its group, never awaited, or in order where its condition holds.
   */
  mode?: "synchronous" | "asynchronous" | "parallel" | "background" | "conditional";
  /**
   * The parallel group; hooks of mode parallel without one form a group together.
   */
  group?: string;
  /**
   * Ids of hooks of the same point that must have answered first.
   */
  dependsOn?: string[];
  /**
   * The hook is skipped where this is false: CEL over context.point, context.input and context.data.
   */
  condition?: string;
  /**
   * How long the hook usually takes; what plans are estimated with.
   */
  expectedDuration?: Duration;
  /**
   * After this long the hook has failed and its answer no longer counts.
   */
  timeout?: Duration;
  /**
   * Never left out for another hook's failure.
   */
  required?: boolean;
  /**
   * What a failure means: fail ends the run with an error, skip goes on without the hook. By default fail at points that begin with before_, skip elsewhere.
   */
  onError?: "fail" | "skip";
}

export const hookContractDefaults = {
  "priority": 0,
  "mode": "synchronous",
  "required": false
} as const;

/**
 * Hooks: code that runs at named points around LLM calls, tool calls and pipelines.
 */
export interface HooksOptions {
  /**
   * In which order the hooks of a point are called, and which at once.
   */
  strategy?: Use;
  /**
   * What happens when two hooks that do not depend on each other set one path of the data differently: the run fails, or the first or last of them in plan order counts.
   */
  onConflict?: "error" | "first" | "last";
  /**
   * The hooks by the point where they run.
   */
  points?: {
    [k: string]: Use[];
  };
}

export const hooksOptionsDefaults = {
  "strategy": "sequential",
  "onConflict": "error"
} as const;
