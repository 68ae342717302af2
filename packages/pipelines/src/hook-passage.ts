import type { Clock } from "@llmspell/base";
import type { HookManager } from "@llmspell/hooks";
import { eventCancelled } from "./cancellation.ts";
import { type RunScope, readPatched } from "./run-scope.ts";

/** What runs hook points in a pipeline. */
export interface HookSite {
  readonly hooks: Pick<HookManager, "run">;
  readonly pipeline: string;
  readonly clock: Clock;
}

/** What the hooks of a point made of a run. */
export interface HookPassage {
  readonly result?: unknown;
  readonly patched: Pick<RunScope, "event" | "steps"> | undefined;
}

/**
 * Runs the hooks of a point on a run's event and results, and again after a wait as long as one of them asks for a retry.
 *
 * @throws LLMSPELL_E_PIPELINE_CANCELLED when a hook cancels; LLMSPELL_E_PIPELINE_PATCH; as `HookManager.run`; the signal's
 * reason when it aborts while waiting
 */
export async function passHooks(
  { hooks, pipeline, clock }: HookSite,
  point: string,
  scope: RunScope,
  signal: AbortSignal,
): Promise<HookPassage> {
  const { event, steps } = scope;
  const data = { pipeline, event, steps };
  for (let attempt = 1; ; attempt++) {
    const run = await hooks.run(point, { input: event, data, signal, attempt, scope });
    if (run.status === "cancelled") throw eventCancelled({ point, hook: run.hook, reason: run.reason });
    if (run.status === "retried") await clock.sleep(run.delay, signal);
    else {
      const patched = run.data === data ? undefined : readPatched(point, run.data);
      return run.status === "replaced" ? { result: run.result, patched } : { patched };
    }
  }
}
