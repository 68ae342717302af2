import type { Clock, Timer } from "@llmspell/base";
import type { BusEvent } from "./bus-event.ts";
import type { HandlerContext, SubscribeOptions } from "./subscriber.ts";

/** Handles several events at once. Throwing, or rejecting, means that none of them was handled. */
export type BatchHandler = (events: readonly BusEvent[], context: HandlerContext) => void | Promise<void>;

/** How a subscriber takes its events in batches. */
export interface BatchSubscribeOptions extends Omit<SubscribeOptions, "concurrency"> {
  /** How many events a batch has at most, at least 1; the bus's batch size when left out. */
  readonly size?: number | undefined;
  /** How long a batch waits to fill, in milliseconds; the bus's flush interval when left out. */
  readonly wait?: number | undefined;
  /** How many batches it handles at a time, at least 1; 1 when left out. */
  readonly concurrency?: number | undefined;
}

/** Collects single events into batches: each event has been handled when its batch has. */
export class BatchCollector {
  readonly #handler: BatchHandler;
  readonly #size: number;
  readonly #wait: number;
  readonly #clock: Clock;
  #events: BusEvent[] = [];
  #batch: PromiseWithResolvers<void> | undefined;
  #timer: Timer | undefined;

  constructor(handler: BatchHandler, size: number, wait: number, clock: Clock) {
    this.#handler = handler;
    this.#size = size;
    this.#wait = wait;
    this.#clock = clock;
  }

  /** The handler that a channel sees. */
  readonly handle = (event: BusEvent, context: HandlerContext): Promise<void> => {
    const batch = this.#batch ?? this.#begin(context);
    this.#events.push(event);
    if (this.#events.length >= this.#size) this.#flush(context);
    return batch.promise;
  };

  #begin(context: HandlerContext): PromiseWithResolvers<void> {
    this.#batch = Promise.withResolvers();
    this.#timer = this.#clock.setTimeout(() => this.#flush(context), this.#wait);
    context.signal.addEventListener("abort", this.#cutOff, { once: true });
    return this.#batch;
  }

  #flush(context: HandlerContext): void {
    const { batch, events } = this.#take(context.signal);
    if (batch === undefined) return;
    try {
      Promise.resolve(this.#handler(events, context)).then(batch.resolve, batch.reject);
    } catch (error) {
      batch.reject(error);
    }
  }

  /** What still fills goes back to the queue. */
  readonly #cutOff = (event: Event): void => {
    const signal = event.target instanceof AbortSignal ? event.target : undefined;
    this.#take(signal).batch?.reject(signal?.reason);
  };

  #take(signal: AbortSignal | undefined): { batch: PromiseWithResolvers<void> | undefined; events: BusEvent[] } {
    const taken = { batch: this.#batch, events: this.#events };
    this.#timer?.cancel();
    signal?.removeEventListener("abort", this.#cutOff);
    this.#batch = undefined;
    this.#events = [];
    return taken;
  }
}
