import { type Log, messageOf } from "@llmspell/base";
import type { BusEvent } from "./bus-event.ts";
import type { Queue } from "./queue.ts";

/** Owns what a queue does in the background; counts and logs what fails there. */
export class QueueGuard {
  readonly #channel: string;
  readonly #queue: Queue;
  readonly #log: Log;
  readonly #working = new Set<Promise<void>>();
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

  /** Acknowledges an event. When that fails the event may be delivered again. */
  acknowledge(event: BusEvent): void {
    const failed = (error: unknown) => this.failed(`could not acknowledge event ${event.id}`, error);
    try {
      const acknowledging = this.#queue.ack(event);
      if (acknowledging !== undefined) this.track(acknowledging.catch(failed));
    } catch (error) {
      failed(error);
    }
  }

  /** Owns a promise that nobody awaits; it does not reject. */
  track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#working.delete(tracked));
    this.#working.add(tracked);
  }

  /** @param problem what the queue could not do: `could not keep event 7` */
  failed(problem: string, error: unknown): void {
    this.#errors++;
    this.#log.error(`The queue of channel ${this.#channel} ${problem}: ${messageOf(error)}`);
  }

  /** Waits until what it owns has settled. */
  async settled(): Promise<void> {
    await Promise.all(this.#working);
  }
}
