import { type Clock, sleepOn, type Timer } from "@llmspell/base";

class SimulationTimer implements Timer {
  due: number;
  readonly sequence: number;
  readonly callback: () => void;
  readonly interval: number;
  isCancelled = false;

  /** @param interval 0 for a timer that fires once */
  constructor(due: number, sequence: number, callback: () => void, interval: number) {
    this.due = due;
    this.sequence = sequence;
    this.callback = callback;
    this.interval = interval;
  }

  isBefore(other: SimulationTimer): boolean {
    return this.due < other.due || (this.due === other.due && this.sequence < other.sequence);
  }

  cancel(): void {
    this.isCancelled = true;
  }

  unref(): this {
    return this;
  }
}

/**
 * A clock that goes from timer to timer, as quickly as the work between them lets it: hours in seconds. Timers are in a heap, and
 * what they set off settles within one turn of the event loop before time goes on.
 */
export class SimulationClock implements Clock {
  #now = 0;
  #sequence = 0;
  readonly #heap: SimulationTimer[] = [];

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, delay: number): Timer {
    return this.#add(this.#now + Math.max(0, delay), callback, 0);
  }

  setInterval(callback: () => void, interval: number): Timer {
    const length = Math.max(1, interval);
    return this.#add(this.#now + length, callback, length);
  }

  sleep(duration: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, duration, signal);
  }

  /**
   * Lets time pass until `promise` has settled; gives its value.
   *
   * @throws Error when no timer is left that could settle it; the signal's reason when it aborts
   */
  async runUntil<Value>(promise: Promise<Value>, signal?: AbortSignal): Promise<Value> {
    let isSettled = false;
    const mark = () => {
      isSettled = true;
    };
    promise.then(mark, mark);
    await nextTurn();
    while (!isSettled) {
      signal?.throwIfAborted();
      if (!this.#fireNext()) throw new Error("The simulation stands still: nothing is planned any more.");
      await nextTurn();
    }
    return promise;
  }

  /** Fires all timers of the next time at which there are any; says whether there was one. */
  #fireNext(): boolean {
    const next = this.#pop(Number.POSITIVE_INFINITY);
    if (next === undefined) return false;
    this.#now = Math.max(this.#now, next.due);
    this.#fire(next);
    for (let other = this.#pop(this.#now); other !== undefined; other = this.#pop(this.#now)) this.#fire(other);
    return true;
  }

  #fire(timer: SimulationTimer): void {
    timer.callback();
    if (timer.interval === 0 || timer.isCancelled) return;
    timer.due += timer.interval;
    this.#push(timer);
  }

  #add(due: number, callback: () => void, interval: number): SimulationTimer {
    const timer = new SimulationTimer(due, this.#sequence++, callback, interval);
    this.#push(timer);
    return timer;
  }

  #push(timer: SimulationTimer): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !timer.isBefore(parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = timer;
  }

  /** The earliest timer that is due by then and not cancelled. */
  #pop(by: number): SimulationTimer | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || (first.due > by && !first.isCancelled)) return undefined;
      const last = this.#heap.pop();
      if (last !== undefined && this.#heap.length > 0) this.#sink(last);
      if (!first.isCancelled) return first;
    }
  }

  #sink(timer: SimulationTimer): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      const child = right !== undefined && left !== undefined && right.isBefore(left) ? right : left;
      if (child === undefined || !child.isBefore(timer)) break;
      heap[index] = child;
      index = 2 * index + (child === right ? 2 : 1);
    }
    heap[index] = timer;
  }
}

/** Promises that wait for nothing else are settled when this is. */
function nextTurn(): Promise<void> {
  // biome-ignore lint/plugin: a real turn of the event loop, which no clock counts
  return new Promise((resolve) => setImmediate(resolve));
}
