import { type Clock, sleepOn, type Timer } from "@llmspell/base";

class VirtualTimer implements Timer {
  due: number;
  readonly callback: () => void;
  readonly interval: number | undefined;
  isCancelled = false;

  constructor(due: number, callback: () => void, interval?: number) {
    this.due = due;
    this.callback = callback;
    this.interval = interval;
  }

  cancel(): void {
    this.isCancelled = true;
  }

  unref(): this {
    return this;
  }
}

/** How many turns of the microtask queue, and of the event loop behind it, are given to work between two timers. */
const TURNS = 3;

/**
 * A clock that stands still until a test moves it, so that no test sleeps and every timing is exact.
 *
 * @example
 * const clock = new VirtualClock();
 * const slept = clock.sleep(1000);
 * await clock.advance(1000);
 * await slept;
 */
export class VirtualClock implements Clock {
  #now: number;
  #timers: VirtualTimer[] = [];

  /** @param start what `now()` says first; milliseconds since the Unix epoch */
  constructor(start = 0) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  /** How many timers are pending. */
  get pendingTimers(): number {
    return this.#timers.filter((timer) => !timer.isCancelled).length;
  }

  setTimeout(callback: () => void, delay: number): Timer {
    return this.#add(new VirtualTimer(this.#now + Math.max(0, delay), callback));
  }

  setInterval(callback: () => void, interval: number): Timer {
    return this.#add(new VirtualTimer(this.#now + Math.max(1, interval), callback, Math.max(1, interval)));
  }

  sleep(duration: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, duration, signal);
  }

  /** Moves time on by `duration` milliseconds: fires each due timer in order and lets the promises behind it settle. */
  async advance(duration: number): Promise<void> {
    const end = this.#now + duration;
    await settle();
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#fire(timer);
      await settle();
    }
    this.#now = end;
  }

  /**
   * Moves time on, from timer to timer, until `promise` has settled; returns its value.
   *
   * @param limit the most virtual time to pass, in milliseconds
   * @throws Error when the promise has not settled by then, or no timer is left that could settle it
   */
  async runUntil<Value>(promise: Promise<Value>, limit = 3_600_000): Promise<Value> {
    const end = this.#now + limit;
    let isSettled = false;
    const mark = () => {
      isSettled = true;
    };
    promise.then(mark, mark);
    await settle();
    while (!isSettled) {
      const timer = this.#next(end);
      if (timer === undefined) throw new Error(`The promise did not settle within ${limit} ms of virtual time.`);
      this.#fire(timer);
      await settle();
    }
    return promise;
  }

  #add(timer: VirtualTimer): VirtualTimer {
    this.#timers.push(timer);
    return timer;
  }

  #fire(timer: VirtualTimer): void {
    this.#now = Math.max(this.#now, timer.due);
    if (timer.interval === undefined) timer.isCancelled = true;
    else timer.due += timer.interval;
    timer.callback();
  }

  /** The earliest live timer up to `end`; of two with the same time, the one set first. */
  #next(end: number): VirtualTimer | undefined {
    this.#timers = this.#timers.filter((timer) => !timer.isCancelled);
    let earliest: VirtualTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= end && (earliest === undefined || timer.due < earliest.due)) earliest = timer;
    }
    return earliest;
  }
}

async function settle(): Promise<void> {
  // biome-ignore lint/plugin: real turns of the event loop, which no clock counts
  for (let turn = 0; turn < TURNS; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
