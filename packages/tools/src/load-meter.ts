/** Means over one window of time. */
export interface LoadWindow {
  /** Calls under way, mean. */
  readonly load: number;
  /** Requests that came. */
  readonly arrivals: number;
  /** How long the window has lasted, in milliseconds. */
  readonly length: number;
}

/**
 * How many calls are under way, as a mean over time (the integral of their number), and how many came.
 *
 * A call may stand for several, of which it is one by chance: the mean is right on the average then.
 */
export class LoadMeter {
  #windowStart: number;
  #changedAt: number;
  #callMilliseconds = 0;
  #arrivals = 0;
  #inFlight = 0;

  constructor(now: number) {
    this.#windowStart = now;
    this.#changedAt = now;
  }

  /** Counts a request. */
  arrived(): void {
    this.#arrivals++;
  }

  /** So many calls began, or ended where the number is negative. */
  changed(by: number, now: number): void {
    this.#callMilliseconds += this.#inFlight * (now - this.#changedAt);
    this.#changedAt = now;
    this.#inFlight += by;
  }

  /** The window so far. */
  read(now: number): LoadWindow {
    this.#callMilliseconds += this.#inFlight * (now - this.#changedAt);
    this.#changedAt = now;
    const length = now - this.#windowStart;
    return {
      load: length > 0 ? this.#callMilliseconds / length : this.#inFlight,
      arrivals: this.#arrivals,
      length,
    };
  }

  /** The window, which ends; the next one begins. */
  take(now: number): LoadWindow {
    const window = this.read(now);
    this.#windowStart = now;
    this.#callMilliseconds = 0;
    this.#arrivals = 0;
    return window;
  }
}
