import { type Log, messageOf } from "@llmspell/base";
import type { BusEvent } from "./bus-event.ts";
import type { Priority } from "./priority.ts";
import type { Queue } from "./queue.ts";

/** Stands before a queue that may fail: a throw or rejection is counted and logged, and becomes an answer. */
export class QueueGuard {
  readonly #channel: string;
  readonly #queue: Queue;
  readonly #log: Log;
  readonly #working = new Set<Promise<unknown>>();
  #errors = 0;

  constructor(channel: string, queue: Queue, log: Log) {
    this.#channel = channel;
    this.#queue = queue;
    this.#log = log;
  }

  /** How often the queue failed. */
  get errors(): number {
    return this.#errors;
  }

  /**
   * Keeps an event.
   *
   * @returns `undefined` when it is kept, or the failure; as a promise, which never rejects, where the queue takes its time
   */
  enqueue(event: BusEvent, priority: Priority): undefined | QueueFailure | Promise<QueueFailure | undefined> {
    try {
      const storing = this.#queue.enqueue(event, priority);
      return storing === undefined ? undefined : this.#follow(storing, event);
    } catch (error) {
      return this.#notKept(event, error);
    }
  }

  /** Leases the next event; `undefined` when there is none now, a failure when the queue failed. */
  dequeue(): BusEvent | QueueFailure | undefined {
    try {
      return this.#queue.dequeue();
    } catch (error) {
      return this.report("could not give out an event", error);
    }
  }

  /** Acknowledges an event. When that fails the event may be delivered again. */
  acknowledge(event: BusEvent): void {
    const failed = (error: unknown) => this.report(`could not acknowledge event ${event.id}`, error);
    try {
      const acknowledging = this.#queue.ack(event);
      if (acknowledging !== undefined) void this.#track(acknowledging.then(() => undefined, failed));
    } catch (error) {
      failed(error);
    }
  }

  /** Returns a leased event; whether the queue took it. */
  giveBack(event: BusEvent): boolean {
    try {
      this.#queue.nack(event);
      return true;
    } catch (error) {
      this.report(`could not take back event ${event.id}`, error);
      return false;
    }
  }

  /** Removes an event to make room; `undefined` when there is none to remove. */
  evict(newcomer: Priority): BusEvent | undefined {
    try {
      return this.#queue.evict(newcomer);
    } catch (error) {
      this.report("could not drop an event", error);
      return undefined;
    }
  }

  /** Waits until nothing that it has begun is under way. */
  async settled(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  /** Counts and logs that the queue failed; `problem` goes on the sentence "The queue of channel x …". */
  report(problem: string, error: unknown): QueueFailure {
    this.#errors++;
    this.#log.error(`The queue of channel ${this.#channel} ${problem}: ${messageOf(error)}`);
    return new QueueFailure(error);
  }

  #follow(storing: Promise<void>, event: BusEvent): Promise<QueueFailure | undefined> {
    const kept = () => undefined;
    return this.#track(storing.then(kept, (error: unknown) => this.#notKept(event, error)));
  }

  #notKept(event: BusEvent, error: unknown): QueueFailure {
    return this.report(`could not keep event ${event.id}`, error);
  }

  #track<Value>(work: Promise<Value>): Promise<Value> {
    const tracked = work.finally(() => this.#working.delete(tracked));
    this.#working.add(tracked);
    return tracked;
  }
}

/** That a queue failed, and why; a class so that it is told apart from an event. */
export class QueueFailure {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}
