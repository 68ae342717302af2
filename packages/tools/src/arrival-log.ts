import type { ArrivalHistory } from "./scaling-policy.ts";

/** How many requests came in each of the last intervals: a ring, so that a tick allocates nothing. */
export class ArrivalLog implements ArrivalHistory {
  readonly interval: number;
  readonly #counts: Float64Array;
  #next = 0;
  #length = 0;

  /**
   * @param interval the length of an interval, in milliseconds
   * @param span how far back it remembers, in milliseconds
   */
  constructor(interval: number, span: number) {
    this.interval = interval;
    this.#counts = new Float64Array(Math.ceil(span / interval));
  }

  get length(): number {
    return this.#length;
  }

  at(index: number): number {
    const fromOldest = index < 0 ? this.#length + index : index;
    if (fromOldest < 0 || fromOldest >= this.#length) return 0;
    const capacity = this.#counts.length;
    return this.#counts[(this.#next - this.#length + fromOldest + capacity) % capacity] ?? 0;
  }

  /**
   * Adds the requests of the time since the last call.
   *
   * @param elapsed milliseconds: where the event loop was late and several intervals are over, they share the requests
   */
  add(count: number, elapsed: number): void {
    const capacity = this.#counts.length;
    const intervals = Math.min(capacity, Math.max(1, Math.round(elapsed / this.interval)));
    if (capacity === 0) return;
    for (let interval = 0; interval < intervals; interval++) {
      this.#counts[this.#next] = count / intervals;
      this.#next = (this.#next + 1) % capacity;
    }
    this.#length = Math.min(capacity, this.#length + intervals);
  }
}
