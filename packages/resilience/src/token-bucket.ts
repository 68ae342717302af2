import { type Clock, systemClock } from "@llmspell/kernel/clock";
import { parseRate, type Rate } from "@llmspell/kernel/units";

export interface TokenBucketOptions {
  /** How many tokens come in per second. */
  readonly rate: Rate;
  /** How many it holds at most, at least 1; one second's worth, and at least 1, when left out. */
  readonly burst?: number | undefined;
}

export interface TokenBucketDependencies {
  readonly clock?: Clock | undefined;
}

/**
 * Limits how often something happens, while letting bursts through. Starts full.
 *
 * The clock is read only when the bucket has run empty: until then the tokens that came in meanwhile are not missed.
 * Algorithm: token bucket, RFC 2697's, with continuous refill.
 */
export class TokenBucket {
  /** Tokens per second. */
  readonly rate: number;
  readonly burst: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledAt: number;

  /** @throws LLMSPELL_E_RATE */
  constructor(options: TokenBucketOptions, dependencies: TokenBucketDependencies = {}) {
    this.rate = parseRate(options.rate);
    this.burst = Math.max(1, options.burst ?? this.rate);
    this.#clock = dependencies.clock ?? systemClock;
    this.#tokens = this.burst;
    this.#filledAt = this.#clock.now();
  }

  /** Takes a token, if there is one. */
  tryTake(): boolean {
    if (this.#tokens < 1 && !this.#refill()) return false;
    this.#tokens--;
    return true;
  }

  /** Milliseconds until `tryTake` succeeds, if nobody else takes the token; 0 when there is one now. */
  get retryAfter(): number {
    if (this.#tokens >= 1 || this.#refill()) return 0;
    return ((1 - this.#tokens) / this.rate) * 1000;
  }

  #refill(): boolean {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.burst, this.#tokens + ((now - this.#filledAt) / 1000) * this.rate);
    this.#filledAt = now;
    return this.#tokens >= 1;
  }
}
