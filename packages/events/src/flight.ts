import type { BreakerPermit } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import type { DeliveryFailure, DeliveryReceiver } from "./delivery.ts";
import { EmittedEvent, NO_DETAILS } from "./emitted-event.ts";
import type { Member } from "./subscriber-member.ts";

/** Whom flights tell how they end. */
export interface FlightControl {
  landed(flight: Flight): void;
  crashed(flight: Flight, error: unknown): void;
}

/** Stands in a flight that is not under way, so that it keeps no event in memory. */
const NO_EVENT: BusEvent = new EmittedEvent("none", undefined, 0, { time: 0, idPrefix: "none" }, NO_DETAILS);

/**
 * One asynchronous run of a handler. Its two callbacks are made once, and it is used again for later events: what a
 * handler's promise costs is the promise that `then` makes, and nothing else.
 */
export class Flight {
  event: BusEvent = NO_EVENT;
  permit: BreakerPermit | undefined;
  member: Member;
  receiver: DeliveryReceiver;
  /** How the attempt before this one ended; `undefined` for the first. */
  before: DeliveryFailure | undefined;
  /** When the handler was called; milliseconds. */
  startedAt = 0;
  /** Of the member's own circuit breaker, where it has one. */
  memberPermit: BreakerPermit | undefined;
  readonly #landed: () => void;
  readonly #crashed: (error: unknown) => void;

  constructor(control: FlightControl, member: Member, receiver: DeliveryReceiver) {
    this.member = member;
    this.receiver = receiver;
    this.#landed = () => control.landed(this);
    this.#crashed = (error) => control.crashed(this, error);
  }

  follow(running: PromiseLike<unknown>): void {
    // A handler in JavaScript may return any thenable. Neither callback throws, so what `then` makes need not be watched.
    const promise = running instanceof Promise ? running : Promise.resolve(running);
    void promise.then(this.#landed, this.#crashed);
  }

  clear(): void {
    this.event = NO_EVENT;
    this.before = undefined;
  }
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
