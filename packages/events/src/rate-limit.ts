import type { BusEvent } from "./bus-event.ts";

/** Says which events are within a rate. */
export interface RateLimit {
  /** Counts the event, if it is within the rate; whether it was. */
  tryTake(event: BusEvent): boolean;
}
