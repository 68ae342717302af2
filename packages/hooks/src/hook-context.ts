import type { Clock } from "@llmspell/base";

/**
 * What a hook point hands to its hooks, by key: `messages` before an LLM call, `usage` after one.
 *
 * It is frozen when a run begins, with all plain objects and arrays in it, so that nobody writes into it, neither a hook
 * nor the caller, also after the run has ended: no copy is made for a hook, and a background hook may still read what it
 * was given. A hook *returns* what it changes (see `modify`); merging makes a new object that shares everything
 * unchanged with the old one. Objects of classes (dates, buffers, maps) cannot be frozen and must be left alone.
 */
export type HookData = Readonly<Record<string, unknown>>;

/**
 * What a hook sees of the run it is called in. Every member is read-only, and some are made when they are first looked at:
 * take them by name, because a copy by `{ ...context }` has none of them.
 */
export interface HookContext {
  /** The hook point that runs: `before_llm_call`. */
  readonly point: string;
  /** What the bracketed work was asked to do, as its caller gave it; `undefined` where the point has none. */
  readonly input: unknown;
  /** The point's data with the changes of the hooks before this one. */
  readonly data: HookData;
  /** Which attempt at the bracketed work this is, from 1; more than 1 after a hook asked for a retry. */
  readonly attempt: number;
  /**
   * What the run belongs to: the same object at every hook point of one chat, or of one event in a pipeline. A hook keeps
   * what it must remember from one point to the next in a `WeakMap` by it. A run on its own has its own.
   */
  readonly scope: object;
  /**
   * Aborts when the result of this hook is no longer wanted: the caller gave up, another hook ended the run, or the
   * hook's own `timeout` is over. For a background hook: when the manager is disposed.
   */
  readonly signal: AbortSignal;
  readonly clock: Clock;
}
