import type { HookManager, HookRun } from "@llmspell/hooks";
import { eventCancelled } from "./cancellation.ts";
import { type RunScope, readPatched } from "./run-scope.ts";

/** What the hooks of a point made of a run. */
export interface HookPassage {
  /** Whether a hook gave the result itself. */
  readonly isReplaced: boolean;
  readonly result?: unknown;
  readonly patched: Pick<RunScope, "event" | "steps"> | undefined;
}

/**
 * Runs the hooks of a point on a run's event and results; a promise only if a hook answers with one.
 *
 * @throws LLMSPELL_E_PIPELINE_CANCELLED when a hook cancels; LLMSPELL_E_PIPELINE_PATCH; as `HookManager.run`
 */
export function passHooks(
  hooks: Pick<HookManager, "run">,
  point: string,
  pipeline: string,
  { event, steps }: Readonly<RunScope>,
  signal: AbortSignal,
): HookPassage | Promise<HookPassage> {
  const data = { pipeline, event, steps };
  const conclude = (run: HookRun) => passageOf(run, point, data);
  const run = hooks.run(point, { input: event, data, signal });
  return run instanceof Promise ? run.then(conclude) : conclude(run);
}

function passageOf(run: HookRun, point: string, before: object): HookPassage {
  if (run.status === "cancelled") throw eventCancelled({ point, hook: run.hook, reason: run.reason });
  const patched = run.data === before ? undefined : readPatched(point, run.data);
  return run.status === "replaced" ? { isReplaced: true, result: run.result, patched } : { isReplaced: false, patched };
}
