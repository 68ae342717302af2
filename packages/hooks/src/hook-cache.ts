import type { HookContext } from "./hook-context.ts";

/** An answer that a hook has just given, and what is known of the hook's cache until now. */
export interface ComputedAnswer {
  /** What the hook was given. */
  readonly context: HookContext;
  /** How long it took to answer; milliseconds. */
  readonly duration: number;
  /** Lookups of this hook that found a usable answer. */
  readonly hits: number;
  /** Lookups of this hook that did not; the one that led to this answer is counted. */
  readonly misses: number;
}

/**
 * An implementation of the kind `hook-cache`: for how long an answer of a hook may be used again, and what makes it
 * unusable before. Where answers are kept, and how many, is the manager's business.
 */
export interface HookCache {
  /** For how long this answer may be used; milliseconds, 0 to not keep it, `Infinity` until it is invalidated. */
  lifetimeOf(answer: ComputedAnswer): number;
  /** What `HookManager.invalidate` may later be called with to drop this answer; nothing unless given. */
  invalidationKeysOf?(context: HookContext): readonly string[];
}

declare module "@llmspell/kernel" {
  interface Kinds {
    "hook-cache": HookCache;
  }
}
