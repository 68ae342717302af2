import type { HookProfile } from "../hook-strategy.ts";

/** The weight of a new value: that of the round-trip estimate of TCP (RFC 6298). */
const WEIGHT = 1 / 8;

/** What calls have taught about a hook: exponentially weighted moving averages, by count. */
export class LearnedProfile implements HookProfile {
  #duration: number;
  #successRate = 1;
  #hasSeed: boolean;

  /** @param expectedDuration milliseconds; 0 where nothing is known, then the first call decides alone */
  constructor(expectedDuration: number) {
    this.#duration = expectedDuration;
    this.#hasSeed = expectedDuration > 0;
  }

  get duration(): number {
    return this.#duration;
  }

  get successRate(): number {
    return this.#successRate;
  }

  /** @param duration milliseconds */
  learn(duration: number, hasSucceeded: boolean): void {
    if (this.#hasSeed) this.#duration += WEIGHT * (duration - this.#duration);
    else this.#duration = duration;
    this.#hasSeed = true;
    this.#successRate += WEIGHT * ((hasSucceeded ? 1 : 0) - this.#successRate);
  }
}
