import type { Duration } from "@llmspell/base";
import type { HookData } from "./hook-context.ts";

/** Changes the data for the hooks that follow and for the caller. */
export interface ModifyOutcome {
  readonly kind: "modify";
  readonly patch: HookData;
}

/** Ends the run: the caller takes `result` in place of doing the work that the point brackets. */
export interface ReplaceOutcome {
  readonly kind: "replace";
  readonly result: unknown;
}

/** Ends the run: the caller must not do, or must not use, the work that the point brackets. */
export interface CancelOutcome {
  readonly kind: "cancel";
  readonly reason: string;
}

/**
 * Ends the run: the caller does the work that the point brackets once more, from the hooks before it on. How often is
 * bounded by the hook's `retry`; the next request for it is the hook's failure.
 */
export interface RetryOutcome {
  readonly kind: "retry";
  readonly reason: string;
  /** How long to wait before; the hook's `retry.backoff` decides unless given. */
  readonly delay?: Duration | undefined;
}

/** What a hook may answer; a hook that returns nothing lets the run continue unchanged. */
export type HookOutcome = ModifyOutcome | ReplaceOutcome | CancelOutcome | RetryOutcome;

/**
 * Changes the data by a merge patch (RFC 7386): keys are merged at every depth of plain objects, `null` removes a key,
 * every other value, arrays included, replaces what was there. A key whose value is `undefined` changes nothing.
 *
 * The patch belongs to llmspell from here on; it must not be changed afterwards.
 */
export function modify(patch: HookData): ModifyOutcome {
  return { kind: "modify", patch };
}

/** Short-circuits the point with a result. */
export function replace(result: unknown): ReplaceOutcome {
  return { kind: "replace", result };
}

/** Stops the point. `reason` is one sentence that the caller's error repeats. */
export function cancel(reason: string): CancelOutcome {
  return { kind: "cancel", reason };
}

/** Has the bracketed work done once more. `reason` is one sentence that the caller may log. */
export function retry(reason: string, { delay }: { readonly delay?: Duration | undefined } = {}): RetryOutcome {
  return { kind: "retry", reason, delay };
}
