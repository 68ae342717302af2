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

  /** The means since the last call of this, which begins the next window: calls under way, requests a second. */
  take(now: number): { readonly load: number; readonly arrivalRate: number } {
    this.#callMilliseconds += this.#inFlight * (now - this.#changedAt);
    const length = now - this.#windowStart;
    const load = length > 0 ? this.#callMilliseconds / length : this.#inFlight;
    const arrivalRate = length > 0 ? (this.#arrivals * 1000) / length : 0;
    this.#windowStart = now;
    this.#changedAt = now;
    this.#callMilliseconds = 0;
    this.#arrivals = 0;
    return { load, arrivalRate };
  }
}
