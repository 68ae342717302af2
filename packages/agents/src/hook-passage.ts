import { isLlmspellError, type LlmspellError } from "@llmspell/base";
import type { HookManager, RunRequest } from "@llmspell/hooks";
import { agentErrors } from "./errors.ts";

/** What runs hook points: a `HookManager`, or nothing where no hooks are configured. */
export type HookPoints = Pick<HookManager, "run">;

/** Which hook forbade something, and why. */
export interface Cancellation {
  /** The hook point: `before_llm_call`, `before_pipeline`, the point of a pipeline's `hooks` step. */
  readonly point: string;
  readonly hook: string;
  readonly reason: string;
}

/** LLMSPELL_E_AGENT_CANCELLED, with what a handler of it needs to know. */
export interface CancelledError extends LlmspellError {
  readonly cancellation: Cancellation;
}

/** Where a hook point leads: on with the data as the hooks left it, or past the work with a result that a hook gave. */
export type Passage =
  | { readonly isReplaced: false; readonly data: RunRequest["data"] }
  | { readonly isReplaced: true; readonly result: unknown };

/** Whether a hook cancelled what threw this. */
export function isCancelled(thrown: unknown): thrown is CancelledError {
  return isLlmspellError(thrown, "LLMSPELL_E_AGENT_CANCELLED") && "cancellation" in thrown;
}

/**
 * Runs one side of a bracket.
 *
 * @throws CancelledError (LLMSPELL_E_AGENT_CANCELLED) when a hook cancels; as `HookManager.run`
 */
export async function passHooks(hooks: HookPoints | undefined, point: string, request: RunRequest): Promise<Passage> {
  if (hooks === undefined) return { isReplaced: false, data: request.data };
  const run = await hooks.run(point, request);
  switch (run.status) {
    case "completed":
      return { isReplaced: false, data: run.data };
    case "replaced":
      return { isReplaced: true, result: run.result };
    case "cancelled":
      throw cancelledError({ point, hook: run.hook, reason: run.reason });
  }
}

function cancelledError(cancellation: Cancellation): CancelledError {
  return Object.assign(agentErrors.LLMSPELL_E_AGENT_CANCELLED(cancellation), { cancellation });
}
