import type { Duration } from "@llmspell/base";
import type { HookBreakerOptions, HookRetryOptions } from "./generated/options.ts";
import type { HookCache } from "./hook-cache.ts";
import type { HookContext } from "./hook-context.ts";
import type { HookOutcome } from "./hook-outcome.ts";

/** What a handler may answer: nothing (continue) or an outcome, at once or later. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler without `return` is a hook that continues
export type HookAnswer = HookOutcome | undefined | void;

/** The work of a hook. Throwing, or rejecting, is a failure: `onError` decides what it means for the run. */
export type HookHandler = (context: HookContext) => HookAnswer | Promise<HookAnswer>;

/**
 * How a hook stands to the others of its point.
 *
 * - `synchronous`: in order, awaited; the next hook sees its changes.
 * - `asynchronous`: started in order, awaited before a hook that depends on it and else at the end of the point; its
 *   changes are merged then.
 * - `parallel`: at once with the members of its group; none sees another's changes, which are merged when all are done.
 * - `background`: started in order, never awaited; it cannot change the run.
 * - `conditional`: synchronous, and must have a `condition` (which every other mode may have too).
 */
export type HookMode = "synchronous" | "asynchronous" | "parallel" | "background" | "conditional";

/** What a failure means for the run: `fail` ends it with an error, `skip` goes on without the hook. */
export type HookErrorPolicy = "fail" | "skip";

/**
 * How a hook of `after_llm_call` stands to an answer that is streamed.
 *
 * - `buffer`: nothing is passed on until the hook has seen the whole.
 * - `window`: text is passed on some way behind what the hook has seen.
 * - `chunk`: each piece is passed on when the hook has seen it.
 * - `audit`: it sees the whole when all has been passed on, and can stop nothing.
 */
export type StreamTreatment = "buffer" | "window" | "chunk" | "audit";

/** Which answers of a hook are used again, and for how long. */
export interface HookCacheUse {
  readonly policy: HookCache;
  /**
   * What the hook reads: paths (`data.repo.id`, `input`), or a function whose result is the key. A hook that reads more
   * gets answers that were meant for something else. The whole of `input` and `data` unless given, which costs about 2 µs
   * for each KB of them.
   */
  readonly key?: readonly string[] | ((context: HookContext) => unknown) | undefined;
}

/** A hook as it is registered at a point. */
export interface HookDefinition {
  /** Unique at its point. */
  readonly id: string;
  readonly handler: HookHandler;
  /** Higher runs first among hooks that do not depend on each other; 0 unless given. */
  readonly priority?: number | undefined;
  /** `synchronous` unless given. */
  readonly mode?: HookMode | undefined;
  /** The parallel group; hooks of mode `parallel` without one form a group together. */
  readonly group?: string | undefined;
  /**
   * Ids of hooks of the same point that must have answered first. A hook is skipped when one of them failed, unless it
   * is `required`; a hook whose condition did not hold counts as done.
   */
  readonly dependsOn?: readonly string[] | undefined;
  /** The hook is skipped where this is false. When it throws, or yields no boolean, the hook has failed. */
  readonly condition?: ((context: HookContext) => boolean) | undefined;
  /** How long it usually takes; what is learned from its calls takes its place. 0 unless given. */
  readonly expectedDuration?: Duration | undefined;
  /** What it takes at least; a budget with less left does not begin it. 0 unless given. */
  readonly minDuration?: Duration | undefined;
  /** After this long its signal aborts, it has failed, and its answer no longer counts. No limit unless given. */
  readonly timeout?: Duration | undefined;
  /** Never left out for another hook's failure, nor for a budget. False unless given. */
  readonly required?: boolean | undefined;
  /** `fail` at points whose name begins with `before_`, where guards stand; `skip` elsewhere; unless given. */
  readonly onError?: HookErrorPolicy | undefined;
  /** Earlier answers are used again; none unless given, and never for mode `background`. */
  readonly cache?: HookCacheUse | undefined;
  /** Stops calling a hook that keeps failing or overrunning; nothing does unless given. */
  readonly breaker?: HookBreakerOptions | undefined;
  /** Bounds how often the hook may ask for a retry of the bracketed work. */
  readonly retry?: HookRetryOptions | undefined;
  /** For `after_llm_call`: `audit` for mode `background`, else `buffer`, unless given. */
  readonly stream?: StreamTreatment | undefined;
  /** Figures of its own to be shown among the readings; see `Hook.figures`. */
  readonly figures?: (() => Readonly<Record<string, number>>) | undefined;
}

/** An implementation of the kind `hook`: what YAML chooses at a hook point by `use`. */
export interface Hook {
  handle(context: HookContext): HookAnswer | Promise<HookAnswer>;
  /** What it has counted so far, by name; shown in the details of its reading (`tokens`, `redacted_email`). */
  figures?(): Readonly<Record<string, number>>;
  /** Releases what it holds; called once, when no run uses it any more. */
  [Symbol.asyncDispose]?(): Promise<void>;
}

declare module "@llmspell/kernel" {
  interface Kinds {
    hook: Hook;
  }
}
