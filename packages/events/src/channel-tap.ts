import type { BusEvent } from "./bus-event.ts";

/** Events of a channel as they are accepted, for one reader. */
export class ChannelTap implements AsyncIterableIterator<BusEvent>, Disposable {
  readonly #capacity: number;
  readonly #listening: Disposable;
  #kept: BusEvent[] = [];
  #reader: ((result: IteratorResult<BusEvent>) => void) | undefined;
  #missed = 0;
  #hasEnded = false;

  constructor(capacity: number, listen: (listener: (event: BusEvent) => void) => Disposable) {
    this.#capacity = Math.max(1, capacity);
    this.#listening = listen((event) => this.#take(event));
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
      this.#reader = resolve;
    });
  }

  return(): Promise<IteratorResult<BusEvent>> {
    this[Symbol.dispose]();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
    this.#hasEnded = true;
    this.#kept = [];
    this.#reader?.({ value: undefined, done: true });
    this.#reader = undefined;
  }

  #take(event: BusEvent): void {
    const reader = this.#reader;
    this.#reader = undefined;
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
