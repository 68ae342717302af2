/** Steps that may be taken, as a binary heap: the one of the highest priority first, then of the lowest number. */
export class ReadySteps {
  readonly #priorities: readonly number[];
  readonly #heap: number[] = [];

  constructor(priorities: readonly number[]) {
    this.#priorities = priorities;
  }

  add(step: number): void {
    let place = this.#heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = this.#heap[parent] ?? 0;
      if (!this.#goesBefore(step, above)) break;
      this.#heap[place] = above;
      place = parent;
    }
    this.#heap[place] = step;
  }

  take(): number | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
    return first;
  }

  /** Puts a step at the top, and lets those that go before it rise. */
  #sink(step: number): void {
    const heap = this.#heap;
    let place = 0;
    for (let child = 1; child < heap.length; child = 2 * place + 1) {
      const right = child + 1;
      const best = right < heap.length && this.#goesBefore(heap[right] ?? 0, heap[child] ?? 0) ? right : child;
      const candidate = heap[best] ?? 0;
      if (!this.#goesBefore(candidate, step)) break;
      heap[place] = candidate;
      place = best;
    }
    heap[place] = step;
  }

  #goesBefore(one: number, other: number): boolean {
    const gain = (this.#priorities[one] ?? 0) - (this.#priorities[other] ?? 0);
    return gain > 0 || (gain === 0 && one < other);
  }
}
