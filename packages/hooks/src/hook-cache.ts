import type { HookContext } from "./hook-context.ts";

/** A call of a cached hook that was answered, as the policy sees it. */
export interface ComputedAnswer {
  /** What the hook was called with. */
  readonly context: HookContext;
  /** How long the hook took; milliseconds. */
  readonly duration: number;
  /** How many of this hook's lookups found an answer that could be used, since it was registered. */
  readonly hits: number;
  /** How many found none; the one that led to this call is counted, so it is 1 at least. */
  readonly misses: number;
}

/**
 * An implementation of the kind `hook-cache`: for how long the answer of a hook may be used in place of calling it.
 *
 * A policy only. The manager keeps the answers, within bounds that all hooks share, and never asks about those that may
 * not be kept: a hook that cancelled, asked for a retry, failed, or replaced the result by an error. A policy holds no
 * state and reads no clock: the same answer gives the same lifetime, whatever was asked before. The suite
 * `describeHookCache` of `@llmspell/testkit` holds it to its word.
 */
export interface HookCache {
  /** For how many milliseconds the answer may be used from now on; 0 to not keep it, `Infinity` until it is invalidated. */
  lifetimeOf(answer: ComputedAnswer): number;
  /**
   * What `HookManager.invalidate` may be called with to have the answer for this context forgotten, beside the hook's
   * own key `<point>.<hook id>`; templates for them are compiled by `compileInvalidationKey`. Asked before the hook is called; when it throws, the answer cannot be kept.
   */
  invalidationKeysOf?(context: HookContext): readonly string[];
}

declare module "@llmspell/kernel" {
  interface Kinds {
    "hook-cache": HookCache;
  }
}
