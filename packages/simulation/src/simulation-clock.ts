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
    const next = this.#pop();
    if (next === undefined) return false;
    this.#now = Math.max(this.#now, next.due);
    this.#fire(next);
    while ((this.#heap[0]?.due ?? Number.POSITIVE_INFINITY) <= this.#now) {
      const another = this.#pop();
      if (another !== undefined) this.#fire(another);
    }
    return true;
  }

  #fire(timer: SimulationTimer): void {
    if (timer.isCancelled) return;
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

  /** The earliest timer that is not cancelled. */
  #pop(): SimulationTimer | undefined {
    for (;;) {
      const first = this.#heap[0];
      const last = this.#heap.pop();
      if (first === undefined || last === undefined) return undefined;
      if (this.#heap.length > 0) this.#sink(last);
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
