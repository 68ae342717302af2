import type { BusEvent } from "./bus-event.ts";

/** Events of a channel as they are accepted, for one reader. */
export class ChannelTap implements AsyncIterableIterator<BusEvent>, Disposable {
  readonly #capacity: number;
  readonly #listening: Disposable;
  readonly #stopping: AbortSignal;
  #kept: BusEvent[] = [];
  /** Those who wait for an event; there are none while some are kept. */
  #readers: ((result: IteratorResult<BusEvent>) => void)[] = [];
  #missed = 0;
  #hasEnded = false;

  /** @param stopping when it aborts nothing more is accepted: what is kept can still be read */
  constructor(capacity: number, listen: (listener: (event: BusEvent) => void) => Disposable, stopping: AbortSignal) {
    this.#capacity = Math.max(1, capacity);
    this.#listening = listen((event) => this.#take(event));
    this.#stopping = stopping;
    if (stopping.aborted) this.#end();
    else stopping.addEventListener("abort", this.#end, { once: true });
  }

  /** How many events it has dropped because its reader was too slow. */
  get missed(): number {
    return this.#missed;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<BusEvent>> {
    const event = this.#kept.shift();
    if (event !== undefined) return Promise.resolve({ value: event, done: false });
    if (this.#hasEnded) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => {
      this.#readers.push(resolve);
    });
  }

  return(): Promise<IteratorResult<BusEvent>> {
    this[Symbol.dispose]();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.dispose](): void {
    this.#stopping.removeEventListener("abort", this.#end);
    this.#kept = [];
    this.#end();
  }

  readonly #end = (): void => {
    this.#listening[Symbol.dispose]();
    this.#hasEnded = true;
    const readers = this.#readers;
    this.#readers = [];
    for (const reader of readers) reader({ value: undefined, done: true });
  };

  #take(event: BusEvent): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader({ value: event, done: false });
      return;
    }
    if (this.#kept.length >= this.#capacity) {
      this.#kept.shift();
      this.#missed++;
    }
    this.#kept.push(event);
  }
}
