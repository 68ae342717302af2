import type { BusEvent } from "./bus-event.ts";
import type { Moment } from "./coarse-clock.ts";

/** A short way into a channel, for events that are published in a row; what it skips was looked at when it was opened. */
export interface Lane {
  /** How many more events may pass; there is no way through at 0 and below. */
  readonly credit: number;
  /** When they are emitted. */
  readonly moment: Moment;
  /** Takes an event. Needs `credit` above 0. */
  pass(event: BusEvent): unknown;
}
