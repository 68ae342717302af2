import type { Cancellation } from "@llmspell/agents";
import type { BusEvent } from "@llmspell/events";
import type { HookData } from "@llmspell/hooks";
import { pipelineErrors } from "./errors.ts";
import type { PipelineEvent, StepScope } from "./step.ts";

/** What the expressions of steps can name. */
export const SCOPE_VARIABLES: readonly string[] = ["event", "steps", "cancellation"];

/**
 * What one run of a pipeline knows. `event` and `steps` are replaced, never written into: hooks keep what they were given.
 * A type, not an interface, so that it is a scope of expressions as it is.
 */
export type RunScope = {
  event: PipelineEvent;
  steps: Readonly<Record<string, unknown>>;
  cancellation: Cancellation | null;
};

export function scopeFor(event: BusEvent): RunScope {
  return { event: pipelineEventOf(event), steps: {}, cancellation: null };
}

/** Leaves out the keys that the event does not have, so that `has(event.key)` says what it seems to say. */
function pipelineEventOf(event: BusEvent): PipelineEvent {
  const { id, type, source, subject, time, data, key, sequence, deadLetter } = event;
  return {
    id,
    type,
    source,
    time,
    data,
    sequence,
    ...(subject === undefined ? {} : { subject }),
    ...(key === undefined ? {} : { key }),
    ...(deadLetter === undefined ? {} : { deadLetter }),
  };
}

export function withResult(steps: StepScope["steps"], id: string, result: unknown): StepScope["steps"] {
  return { ...steps, [id]: result };
}

/**
 * What hooks have made of a run's event and results.
 *
 * @throws LLMSPELL_E_PIPELINE_PATCH when one of them is no longer what later steps need
 */
export function readPatched(point: string, { event, steps }: HookData): Pick<RunScope, "event" | "steps"> {
  if (!isObject(event)) throw pipelineErrors.LLMSPELL_E_PIPELINE_PATCH({ point, path: "event", expected: "an object" });
  if (!isPipelineEvent(event)) {
    throw pipelineErrors.LLMSPELL_E_PIPELINE_PATCH({ point, path: "event.type", expected: "a string" });
  }
  if (!isObject(steps)) throw pipelineErrors.LLMSPELL_E_PIPELINE_PATCH({ point, path: "steps", expected: "an object" });
  return { event, steps };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPipelineEvent(value: Readonly<Record<string, unknown>>): value is typeof value & PipelineEvent {
  return typeof value["type"] === "string";
}
