import type { HookData } from "../hook-context.ts";

/** What the caller of a hook point gives. */
export interface RunRequest {
  /** What the bracketed work was asked to do, for the hooks to look at. */
  readonly input?: unknown;
  readonly data: HookData;
  /** Ends the run: it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Which attempt at the bracketed work this is, from 1; one higher after each run that ended as `retried`. 1 unless given. */
  readonly attempt?: number | undefined;
  /** See `HookContext.scope`; one of the run's own unless given. */
  readonly scope?: object | undefined;
}
