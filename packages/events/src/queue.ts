import type {} from "@llmspell/kernel";
import type { BusEvent } from "./bus-event.ts";
import type { Priority } from "./priority.ts";

/**
 * Keeps the events of one channel that wait for a subscriber.
 *
 * A queue only stores: capacity, overflow, rates and retries are the channel's. An event is *waiting* from `enqueue` until
 * `dequeue` hands it out, and *leased* from then until `ack` (done with) or `nack` (hand it out again). The object that
 * `dequeue` returned is the receipt: the channel gives the same object to `ack` or `nack`, exactly once.
 *
 * Events of a more urgent priority come out first; within a priority in the order of `enqueue`. So that nobody starves, one
 * that at least a hundred more urgent ones have passed over may come before them.
 */
export interface Queue {
  /** Whether events that were enqueued and not acknowledged are there again after the process has ended. */
  readonly durable: boolean;
  /** How many events are waiting; those whose `enqueue` has not settled do not count yet. */
  readonly size: number;
  /**
   * How many leased events the queue has put back by itself, since whoever has them took too long. Each is waiting again,
   * and may still be handled: it counts as one event more, and is handed out as another object. Only grows; left out by queues that never do so.
   */
  readonly redelivered?: number;
  /**
   * Called once, on a durable queue, before any other method. Events left from an earlier run are waiting afterwards; each
   * is handed out with `sequence` 0.
   *
   * @param wake to be called when events have become ready that `dequeue` did not have before
   */
  open?(wake: () => void): void | Promise<void>;
  /** Keeps an event. A promise is settled when it is safely kept, or rejected when it could not be. */
  enqueue(event: BusEvent, priority: Priority): void | Promise<void>;
  /** Leases the next event; `undefined` when none is ready now. */
  dequeue(): BusEvent | undefined;
  /** Forgets a leased event: it was handled, or given up for good. */
  ack(event: BusEvent): void | Promise<void>;
  /** Returns a leased event, to be handed out before the others. */
  nack(event: BusEvent): void;
  /**
   * Stops the time of a lease: the channel keeps the event back, so that nobody is at work on it. Left out, as `resume` is,
   * by queues whose leases do not run out.
   */
  hold?(event: BusEvent): void;
  /** Begins the time of a lease that was held anew: the channel hands the event out now. */
  resume?(event: BusEvent): void;
  /**
   * Removes and returns the oldest waiting event of the least urgent priority, to make room for an event of priority
   * `newcomer`; `undefined` when all that wait are more urgent than that. Returned (`nack`) events count as critical.
   */
  evict(newcomer: Priority): BusEvent | undefined;
  /** Releases what the queue holds. A durable queue keeps waiting and leased events for the next run. */
  close?(): void | Promise<void>;
}

declare module "@llmspell/kernel" {
  interface Kinds {
    queue: Queue;
  }
}
