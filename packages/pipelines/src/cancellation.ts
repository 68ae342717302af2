import { type Cancellation, isCancelled } from "@llmspell/agents";
import { isLlmspellError, type LlmspellError } from "@llmspell/base";
import { pipelineErrors } from "./errors.ts";

/** LLMSPELL_E_PIPELINE_CANCELLED, with what led to it. It ends the handling of an event and stays inside the pipeline. */
type EventCancelled = LlmspellError & { readonly cancellation: Cancellation };

export function eventCancelled({ point, hook, reason }: Cancellation): EventCancelled {
  const cancellation = { point, hook, reason };
  return Object.assign(pipelineErrors.LLMSPELL_E_PIPELINE_CANCELLED(cancellation), { cancellation });
}

/** Which hook cancelled, when that is why something was thrown: at a point of the pipeline, its agents or its tools. */
export function cancellationOf(thrown: unknown): Cancellation | undefined {
  return isCancelled(thrown) || isEventCancelled(thrown) ? thrown.cancellation : undefined;
}

function isEventCancelled(thrown: unknown): thrown is EventCancelled {
  return isLlmspellError(thrown, "LLMSPELL_E_PIPELINE_CANCELLED") && "cancellation" in thrown;
}
