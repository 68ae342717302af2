import type { Cancellation } from "@llmspell/agents";
import type { Clock, Log } from "@llmspell/base";
import type { DeadLetter } from "@llmspell/events";
import type {} from "@llmspell/kernel";

/** The event that a pipeline handles, as its steps see it: with the changes of hooks, and without keys it does not have. */
export interface PipelineEvent {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject?: string;
  /** When it happened; milliseconds since the Unix epoch. */
  readonly time: number;
  readonly data: unknown;
  readonly key?: string;
  /** Its place in the order of emission. */
  readonly sequence: number;
  readonly deadLetter?: DeadLetter;
}

/** What expressions and steps can see. Nothing in it may be changed. */
export interface StepScope {
  readonly event: PipelineEvent;
  /** The results of the steps so far, by id; a step that was left out has none. */
  readonly steps: Readonly<Record<string, unknown>>;
  /** Set in the steps under `onCancel`, `null` in all others. */
  readonly cancellation: Cancellation | null;
}

export interface StepContext {
  /** Aborts when the step's `timeout` is over, or the pipeline stops without waiting any longer. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Does something with an event: the contract behind `use:` in a pipeline's steps. What it holds outside of itself it
 * takes in `open`, not when it is created. Disposing releases that; it comes after the last `run` and may come without
 * `open`, and more than once.
 */
export interface Step extends Partial<AsyncDisposable> {
  /** Makes it ready for the first event; awaited before any is handled. */
  open?(): void | Promise<void>;
  /**
   * Handles one event; may be called for several at once. What it returns becomes `steps.<id>` (`undefined`: nothing
   * does). Throwing means that it failed: it is tried again as `retries` says, then the event fails.
   */
  run(scope: StepScope, context: StepContext): unknown;
}

declare module "@llmspell/kernel" {
  interface Kinds {
    step: Step;
  }
}
