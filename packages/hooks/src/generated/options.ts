// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Bytes, Duration } from "@llmspell/base";
import type { Use } from "@llmspell/kernel";

/**
 * The keys that stand beside `use` whatever the cache.
 */
export interface HookCacheContract {
  /**
   * What the hook reads, and answers are therefore kept by: paths such as data.repo.id and input.user, or a CEL expression over context.point, context.input and context.data. The whole of input and data by default.
   */
  key?: unknown[] | string;
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
   * How long the hook usually takes. What is learned from its calls takes its place.
   */
  expectedDuration?: Duration;
  /**
   * What the hook takes at least; a strategy with a budget does not begin it with less left.
   */
  minDuration?: Duration;
  /**
   * After this long the hook has failed and its answer no longer counts.
   */
  timeout?: Duration;
  /**
   * Never left out for another hook's failure, nor for a budget.
   */
  required?: boolean;
  /**
   * What a failure means: fail ends the run with an error, skip goes on without the hook. By default fail at points that begin with before_, skip elsewhere.
   */
  onError?: "fail" | "skip";
  /**
   * Answers are used again while this keeps them. Not for mode background.
   */
  cache?: Use;
  breaker?: HookBreakerOptions;
  retry?: HookRetryOptions;
  /**
   * For after_llm_call: how the hook stands to an answer that is streamed. buffer: nothing is passed on before the hook has seen the whole; window: text is passed on some way behind what it has seen; chunk: piece by piece; audit: it sees the whole afterwards and stops nothing. By default audit for mode background, else buffer.
   */
  stream?: "buffer" | "window" | "chunk" | "audit";
}
/**
 * Stops calling a hook that keeps failing or overrunning, for a while.
 */
export interface HookBreakerOptions {
  /**
   * The share of failed and slow calls at which the breaker opens: 0.5 is half of them.
   */
  threshold?: number;
  /**
   * How far back calls count.
   */
  window?: Duration;
  /**
   * Below this many calls in the window the breaker never opens.
   */
  minimumCalls?: number;
  /**
   * How long it stays open before it lets trial calls through.
   */
  openDuration?: Duration;
  /**
   * How many trial calls must succeed for it to close; one that fails opens it again.
   */
  halfOpenCalls?: number;
  /**
   * A call that takes longer counts as a failed one. By default twice expectedDuration, where that is given.
   */
  slowCallDuration?: Duration;
  /**
   * What becomes of the hook while the breaker is open. fail: it has failed, and onError decides; skip: it is left out; cached: its last answer is used, also one that has expired, and without one it has failed. By default what onError says.
   */
  whenOpen?: "fail" | "skip" | "cached";
}
/**
 * Bounds how often the hook may ask for a retry of the work that its point brackets.
 */
export interface HookRetryOptions {
  /**
   * How often the work is done at most, the first time included. To ask for more is the hook's failure.
   */
  maxAttempts?: number;
  /**
   * The wait before the second attempt, where the hook names none; it doubles with each further one, one half of it at random.
   */
  backoff?: Duration;
  /**
   * The longest wait.
   */
  maxBackoff?: Duration;
}

export const hookContractDefaults = {
  "priority": 0,
  "mode": "synchronous",
  "required": false
} as const;

export const hookBreakerOptionsDefaults = {
  "threshold": 0.5,
  "window": "10s",
  "minimumCalls": 10,
  "openDuration": "30s",
  "halfOpenCalls": 3
} as const;

export const hookRetryOptionsDefaults = {
  "maxAttempts": 3,
  "backoff": "100ms",
  "maxBackoff": "10s"
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
   * The bounds of what is kept of hooks' answers, by hooks that have a `cache`.
   */
  cache?: {
    /**
     * Beyond this many answers the one least recently used is dropped.
     */
    maxEntries?: number;
    /**
     * Beyond this much memory, as estimated, the answers least recently used are dropped.
     */
    maxBytes?: Bytes;
  };
  /**
   * Freeze what hooks are given, so that one that writes into it fails. Where a point runs hundreds of thousands of times a second on new data, false saves up to a third of the time.
   */
  freeze?: boolean;
  /**
   * What holds for single points.
   */
  pointOptions?: {
    [k: string]: HookPointOptions;
  };
  /**
   * The hooks by the point where they run.
   */
  points?: {
    [k: string]: Use[];
  };
}
export interface HookPointOptions {
  /**
   * Instead of the strategy of all points.
   */
  strategy?: Use;
  /**
   * How long a run may take. Then each hook that has not answered is stopped: one that is required, or has onError: fail, fails the run, others are skipped.
   */
  deadline?: Duration;
  /**
   * Instead of the onConflict of all points.
   */
  onConflict?: "error" | "first" | "last";
}

export const hooksOptionsDefaults = {
  "strategy": "sequential",
  "onConflict": "error",
  "cache": {
    "maxEntries": 10000,
    "maxBytes": "64MiB"
  },
  "freeze": true
} as const;
