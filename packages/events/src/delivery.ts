import type { BreakerPermit } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import { type AttemptDetails, type FailedAttempt, withAttempt } from "./failed-attempt.ts";

/** Why a group could not handle an event. */
export interface DeliveryFailure {
  /** Of the last attempt. */
  readonly error: unknown;
  readonly attempts: number;
  /** The last of the attempts, in their order. */
  readonly history: readonly FailedAttempt[];
  /** The bus stopped, or the subscribers left, before the attempts were over, so the event is not given up. */
  readonly cutOff: boolean;
}

/** How a group, or all of them, ended with an event; `undefined` when it was handled. */
export type Outcome = DeliveryFailure | undefined;

/** What `handle` answers when the end is told later. */
export const PENDING = Symbol("pending");

export type Handled = Outcome | typeof PENDING;

/** Who is told how an event that took time ended. */
export interface DeliveryReceiver {
  ended(event: BusEvent, permit: BreakerPermit | undefined, outcome: Outcome): void;
}

/** Of several groups' failures the one that decides: what was cut off comes again, for all groups. */
export function worseOf(one: Outcome, other: Outcome): Outcome {
  return one === undefined || (other?.cutOff === true && !one.cutOff) ? other : one;
}

/** The failure of an attempt that came after another failure, or was the first. */
export function failureAfter(
  before: DeliveryFailure | undefined,
  attempt: AttemptDetails,
  cutOff: boolean,
): DeliveryFailure {
  const { attempts = 0, history = [] } = before ?? {};
  return { error: attempt.error, attempts: attempts + 1, cutOff, history: withAttempt(history, attempt) };
}
