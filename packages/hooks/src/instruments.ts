import { SyncHook } from "tapable";
import type { RunRequest } from "./execution/run-request.ts";
import type { HookContext } from "./hook-context.ts";
import type { HookEntry } from "./hook-run.ts";

/** How a run of a point ended; `failed` and `aborted` threw. */
export type RunStatus = "completed" | "replaced" | "cancelled" | "retried" | "failed" | "aborted";

/** One run of a hook point; the same object before and after, so that a span can be kept by it. */
export interface ObservedRun {
  readonly point: string;
  readonly request: RunRequest;
}

/** One call of a hook; the same object before and after. */
export interface ObservedCall {
  readonly run: ObservedRun;
  readonly hook: string;
  readonly context: HookContext;
}

/**
 * Where observers of hook points tap in: tracing, metrics, debugging. Points cost nothing more while nobody does; with the
 * first tap each run is measured, and no longer called by generated code.
 *
 * What a tap throws fails the run: an observer must not.
 */
export class HookInstruments {
  /** A run begins. */
  readonly beforeRun = new SyncHook<[run: ObservedRun]>(["run"]);
  /** A hook is called; not for one that is skipped or answered from the cache. */
  readonly beforeHook = new SyncHook<[call: ObservedCall]>(["call"]);
  /** What became of a call, once it is known; `duration` in milliseconds. For a background hook, that it was started. */
  readonly afterHook = new SyncHook<[call: ObservedCall, entry: HookEntry, duration: number]>([
    "call",
    "entry",
    "duration",
  ]);
  /** A run is over; `report` has every hook, also those that were skipped. `duration` in milliseconds. */
  readonly afterRun = new SyncHook<
    [
      run: ObservedRun,
      end: { readonly status: RunStatus; readonly duration: number; readonly report: readonly HookEntry[] },
    ]
  >(["run", "end"]);

  #isUsed = false;

  constructor() {
    const register = <Tap>(tap: Tap): Tap => {
      this.#isUsed = true;
      return tap;
    };
    for (const hook of [this.beforeRun, this.beforeHook, this.afterHook, this.afterRun]) hook.intercept({ register });
  }

  /** Whether anybody has tapped in. */
  get isUsed(): boolean {
    return this.#isUsed;
  }
}
