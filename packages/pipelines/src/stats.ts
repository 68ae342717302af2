import type { DurationSummary } from "@llmspell/base";

/** Counts of anything that takes work in; `in` = `out` + `shed` + `failed` + `pending`, always. */
export interface FlowStats {
  readonly in: number;
  readonly out: number;
  readonly shed: number;
  readonly failed: number;
  readonly pending: number;
}

/** One step. `shed` counts the events for which its `when` did not hold, or that a hook cancelled in it. */
export interface StepStats extends FlowStats {
  /** Attempts after the first. */
  readonly retries: number;
  /** All attempts together and the waits between them; milliseconds. */
  readonly duration: DurationSummary;
}

/** One pipeline. An event that its channel gives it again counts again. `shed` counts the cancelled ones. */
export interface PipelineStats extends FlowStats {
  /** Events for which a hook gave the result itself; they count as `out`. */
  readonly replaced: number;
  /** Cancelled events by the hook that did it. */
  readonly cancelledBy: Readonly<Record<string, number>>;
  /** By id, those under `onCancel` included. */
  readonly steps: Readonly<Record<string, StepStats>>;
  readonly duration: DurationSummary;
}

/**
 * One source. `in` counts the records read, `out` the events that at least one channel accepted, `failed` the records
 * that could not be read or made into an event, `shed` the events that no channel took, by reason:
 */
export interface SourceStats extends FlowStats {
  readonly unrouted: number;
  readonly noSubscribers: number;
  /** Refused by every one of their channels: rate limit, full queue, open circuit breaker. */
  readonly refused: number;
  /** Records that the source itself could not read; part of `failed`. */
  readonly skipped: number;
  readonly state: SourceState;
}

/** `exhausted`: there is nothing more to read. `stopped`: it was told to read no further. */
export type SourceState = "waiting" | "reading" | "exhausted" | "stopped" | "failed";

/** One sink. `out` counts the records it has taken. */
export interface SinkStats extends FlowStats {
  readonly duration: DurationSummary;
}

export interface PipelineRunnerStats {
  readonly sources: Readonly<Record<string, SourceStats>>;
  readonly pipelines: Readonly<Record<string, PipelineStats>>;
  readonly sinks: Readonly<Record<string, SinkStats>>;
}
