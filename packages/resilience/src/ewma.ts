import { type Clock, type Duration, parseDuration, systemClock } from "@llmspell/base";

/** How fast an average forgets. */
export interface EwmaOptions {
  /** After this long without a new value, an old one weighs half. Above zero. */
  readonly halfLife: Duration;
}

/** What an average takes from outside; the system's when left out. */
export interface EwmaDependencies {
  readonly clock?: Clock | undefined;
}

/**
 * A moving average that forgets by time, not by count: the mean of all values, the weight of each halved with every
 * half-life that has passed since it came.
 */
export class Ewma {
  readonly #clock: Clock;
  readonly #halfLife: number;
  #weightedSum = 0;
  #weight = 0;
  #updatedAt = 0;

  /** @throws LLMSPELL_E_DURATION */
  constructor(options: EwmaOptions, dependencies: EwmaDependencies = {}) {
    this.#clock = dependencies.clock ?? systemClock;
    this.#halfLife = Math.max(Number.MIN_VALUE, parseDuration(options.halfLife));
  }

  /** The average; `undefined` before the first value. It does not change while no value comes. */
  get value(): number | undefined {
    return this.#weight === 0 ? undefined : this.#weightedSum / this.#weight;
  }

  /** @param now the clock's time, where the caller has just read it */
  add(value: number, now: number = this.#clock.now()): void {
    const kept = 2 ** (-(now - this.#updatedAt) / this.#halfLife);
    this.#weightedSum = this.#weightedSum * kept + value;
    this.#weight = this.#weight * kept + 1;
    this.#updatedAt = now;
  }
}
