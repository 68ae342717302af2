import type { Clock, Timer } from "@llmspell/base";

/** Something that ends at a time unless it is removed before. */
export interface Deadline {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

class HeapEntry implements Deadline {
  readonly at: number;
  readonly expire: () => void;
  index: number;

  constructor(at: number, expire: () => void, index: number) {
    this.at = at;
    this.expire = expire;
    this.index = index;
  }
}

/**
 * Many deadlines on one timer of the clock: a timer for each waiting caller would cost more than the wait's bookkeeping.
 *
 * A binary heap that knows each entry's place, so that removal takes O(log n) and leaves nothing behind. The timer is not
 * set back when the earliest deadline is removed: it fires once in vain instead, which is cheaper for calls that are done
 * long before their time is over.
 */
export class DeadlineTimer implements Disposable {
  readonly #clock: Clock;
  readonly #heap: HeapEntry[] = [];
  #timer: Timer | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `expire` at the time `at`, unless the deadline is removed before. */
  add(at: number, expire: () => void): Deadline {
    const entry = new HeapEntry(at, expire, this.#heap.length);
    this.#heap.push(entry);
    this.#siftUp(entry);
    if (at < this.#timerAt) this.#arm(at);
    return entry;
  }

  /** Forgets a deadline; does nothing when it has expired or was removed. */
  remove(deadline: Deadline): void {
    if (!(deadline instanceof HeapEntry) || this.#heap[deadline.index] !== deadline) return;
    const last = this.#heap.pop();
    if (last === undefined || last === deadline) return;
    this.#place(last, deadline.index);
    this.#siftUp(last);
    this.#siftDown(last);
  }

  /** Forgets all deadlines. */
  [Symbol.dispose](): void {
    this.#heap.length = 0;
    this.#disarm();
  }

  #arm(at: number): void {
    this.#disarm();
    this.#timerAt = at;
    this.#timer = this.#clock.setTimeout(() => this.#fire(), Math.max(0, at - this.#clock.now()));
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #fire(): void {
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    for (let first = this.#heap[0]; first !== undefined && first.at <= now; first = this.#heap[0]) {
      this.remove(first);
      first.expire();
    }
    const next = this.#heap[0];
    if (next !== undefined && next.at < this.#timerAt) this.#arm(next.at);
  }

  #place(entry: HeapEntry, index: number): void {
    this.#heap[index] = entry;
    entry.index = index;
  }

  #siftUp(entry: HeapEntry): void {
    for (let index = entry.index; index > 0; ) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex];
      if (parent === undefined || parent.at <= entry.at) return;
      this.#place(parent, index);
      this.#place(entry, parentIndex);
      index = parentIndex;
    }
  }

  #siftDown(entry: HeapEntry): void {
    for (;;) {
      const index = entry.index;
      const left = this.#heap[2 * index + 1];
      const right = this.#heap[2 * index + 2];
      const child = right !== undefined && left !== undefined && right.at < left.at ? right : left;
      if (child === undefined || child.at >= entry.at) return;
      const childIndex = child.index;
      this.#place(child, index);
      this.#place(entry, childIndex);
    }
  }
}
