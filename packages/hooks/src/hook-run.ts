import type { HookData } from "./hook-context.ts";

/**
 * Why a hook did not take part in a run.
 *
 * - `condition`: its condition did not hold.
 * - `dependency`: a hook that it depends on failed, or was left out for that reason.
 * - `run_ended`: another hook replaced, cancelled or failed the run before this one had answered.
 * - `aborted`: the caller gave up before this one had answered.
 * - `deadline`: it had not answered when the point's deadline came.
 * - `breaker`: its circuit breaker is open.
 * - `budget`: the strategy's budget had no room for it, or ran out while it worked.
 */
export type SkipReason = "condition" | "dependency" | "run_ended" | "aborted" | "deadline" | "breaker" | "budget";

/**
 * What became of one hook in one run. `started` is a background hook: how it ends shows in the statistics. `isCached`
 * says that the hook was not called, because an earlier answer of it was used.
 */
export type HookEntry =
  | { readonly hook: string; readonly outcome: "continued" | "modified" | "replaced"; readonly isCached?: true }
  | { readonly hook: string; readonly outcome: "cancelled" | "retried" | "started" }
  | { readonly hook: string; readonly outcome: "skipped"; readonly reason: SkipReason }
  | { readonly hook: string; readonly outcome: "failed"; readonly error: unknown };

interface RunResult {
  /** The data with the changes of every hook that counted. */
  readonly data: HookData;
  /** One entry for each hook of the point, in plan order. */
  readonly report: readonly HookEntry[];
}

/** Every hook was heard; the caller goes on with `data`. */
export interface CompletedRun extends RunResult {
  readonly status: "completed";
}

/** A hook gave the result itself; the caller leaves the bracketed work out. */
export interface ReplacedRun extends RunResult {
  readonly status: "replaced";
  readonly result: unknown;
  /** The id of the hook that did. */
  readonly hook: string;
}

/** A hook forbade the bracketed work; the caller reports `reason`. */
export interface CancelledRun extends RunResult {
  readonly status: "cancelled";
  readonly reason: string;
  /** The id of the hook that did. */
  readonly hook: string;
}

/**
 * A hook wants the bracketed work done once more; the caller waits for `delay`, and begins again with the point before
 * the work and `attempt` one higher.
 */
export interface RetriedRun extends RunResult {
  readonly status: "retried";
  readonly reason: string;
  /** Milliseconds. */
  readonly delay: number;
  /** The id of the hook that did. */
  readonly hook: string;
}

/** How a run of a hook point ended, when no failure ended it. */
export type HookRun = CompletedRun | ReplacedRun | CancelledRun | RetriedRun;
