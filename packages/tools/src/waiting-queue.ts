import type { Deadline } from "./deadline-timer.ts";
import type { Priority } from "./pool-options.ts";
import type { PooledInstance } from "./pooled-instance.ts";

/** A caller that waits for an instance. */
export class Waiter {
  readonly priority: Priority;
  readonly key: string | undefined;
  readonly grant: (instance: PooledInstance) => void;
  readonly refuse: (reason: unknown) => void;
  /** When its patience ends, and what listens for its abort: both are taken back when the wait ends. */
  deadline: Deadline | undefined;
  stopListening: (() => void) | undefined;
  isQueued = false;
  next: Waiter | undefined;
  previous: Waiter | undefined;

  constructor(
    priority: Priority,
    key: string | undefined,
    grant: (instance: PooledInstance) => void,
    refuse: (reason: unknown) => void,
  ) {
    this.priority = priority;
    this.key = key;
    this.grant = grant;
    this.refuse = refuse;
  }
}

/** Waiting callers of one priority: a doubly linked list, so that an abort in the middle takes O(1). */
class Line {
  first: Waiter | undefined;
  last: Waiter | undefined;

  push(waiter: Waiter): void {
    waiter.previous = this.last;
    if (this.last === undefined) this.first = waiter;
    else this.last.next = waiter;
    this.last = waiter;
  }

  remove(waiter: Waiter): void {
    if (waiter.previous === undefined) this.first = waiter.next;
    else waiter.previous.next = waiter.next;
    if (waiter.next === undefined) this.last = waiter.previous;
    else waiter.next.previous = waiter.previous;
    waiter.next = undefined;
    waiter.previous = undefined;
  }
}

/** Callers in the order in which they are served: by priority, and first come, first served within one. */
export class WaitingQueue {
  readonly #lines: Readonly<Record<Priority, Line>> = {
    critical: new Line(),
    high: new Line(),
    normal: new Line(),
    low: new Line(),
  };
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(waiter: Waiter): void {
    this.#lines[waiter.priority].push(waiter);
    waiter.isQueued = true;
    this.#length++;
  }

  /** Who is served next. */
  peek(): Waiter | undefined {
    const { critical, high, normal, low } = this.#lines;
    return critical.first ?? high.first ?? normal.first ?? low.first;
  }

  /** Takes a waiter out, wherever it stands; `false` when it was out already. */
  remove(waiter: Waiter): boolean {
    if (!waiter.isQueued) return false;
    this.#lines[waiter.priority].remove(waiter);
    waiter.isQueued = false;
    this.#length--;
    return true;
  }
}
