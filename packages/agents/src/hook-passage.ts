import { isLlmspellError, type LlmspellError } from "@llmspell/base";
import type { HookManager } from "@llmspell/hooks";
import { type BracketedRun, type HookVerdict, runBracket } from "@llmspell/hooks/bracket";
import { agentErrors } from "./errors.ts";

/** What runs hook points: a `HookManager`, or nothing where no hooks are configured. */
export type HookPoints = Pick<HookManager, "run">;

/** Which hook forbade something, and why. */
export type Cancellation = HookVerdict;

/** Where a bracket led: through the work, or past it with a result that a hook gave. */
export type Passage = Exclude<BracketedRun, { status: "cancelled" }>;

/** LLMSPELL_E_AGENT_CANCELLED, with what a handler of it needs to know. */
export interface CancelledError extends LlmspellError {
  readonly cancellation: Cancellation;
}

/** Whether a hook cancelled what threw this. */
export function isCancelled(thrown: unknown): thrown is CancelledError {
  return isLlmspellError(thrown, "LLMSPELL_E_AGENT_CANCELLED") && "cancellation" in thrown;
}

/**
 * Does some work between two hook points, as `runBracket`; returns what came of it.
 *
 * @throws CancelledError (LLMSPELL_E_AGENT_CANCELLED) when a hook cancels; as `runBracket`
 */
export async function passHooks(...bracketed: Parameters<typeof runBracket>): Promise<Passage> {
  const run = await runBracket(...bracketed);
  if (run.status !== "cancelled") return run;
  const { point, hook, reason } = run;
  const cancellation = { point, hook, reason };
  throw Object.assign(agentErrors.LLMSPELL_E_AGENT_CANCELLED(cancellation), { cancellation });
}
