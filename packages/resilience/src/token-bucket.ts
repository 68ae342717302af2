import { type Clock, parseRate, type Rate, systemClock } from "@llmspell/base";

/** A sixteenth of the burst is taken out of the bucket at once, to be spent without reading the clock. */
const PREPAID_SHARE = 16;

/** How fast tokens come in, and how many it holds. */
export interface TokenBucketOptions {
  /** How many tokens come in per second. */
  readonly rate: Rate;
  /** How many it holds at most, at least 1; one second's worth, and at least 1, when left out. */
  readonly burst?: number | undefined;
}

/** What a bucket takes from outside; the system's when left out. */
export interface TokenBucketDependencies {
  readonly clock?: Clock | undefined;
}

/**
 * Limits how often something happens, while letting bursts through: in any time T at most `burst` + `rate` × T tokens are
 * taken. Starts full.
 *
 * Reading the clock costs more than everything else here, so tokens are taken out a few at a time. What is taken out but
 * not spent is held against the burst: after a rest the burst may be up to a sixteenth smaller, never larger.
 * Algorithm: token bucket with continuous refill.
 */
export class TokenBucket {
  /** Tokens per second. */
  readonly #rate: number;
  readonly #clock: Clock;
  readonly #portion: number;
  /** How many the bucket holds beside the prepaid ones. */
  readonly #capacity: number;
  #prepaid: number;
  #tokens: number;
  #filledAt: number;

  /** @throws LLMSPELL_E_RATE */
  constructor(options: TokenBucketOptions, dependencies: TokenBucketDependencies = {}) {
    this.#rate = parseRate(options.rate);
    const burst = Math.max(1, options.burst ?? this.#rate);
    this.#clock = dependencies.clock ?? systemClock;
    this.#portion = Math.max(1, Math.floor(burst / PREPAID_SHARE));
    this.#prepaid = this.#portion - 1;
    this.#capacity = burst - this.#prepaid;
    this.#tokens = this.#capacity;
    this.#filledAt = this.#clock.now();
  }

  /** Takes a token, if there is one. */
  tryTake(): boolean {
    if (this.#prepaid === 0 && !this.#prepay()) return false;
    this.#prepaid--;
    return true;
  }

  /**
   * Takes as many tokens as there are, up to `count`, for a caller that spends them in a row and gives back the rest.
   *
   * @returns how many; 0 when there are none
   */
  takeUpTo(count: number): number {
    if (this.#prepaid === 0 && !this.#prepay()) return 0;
    const taken = Math.min(count, this.#prepaid);
    this.#prepaid -= taken;
    return taken;
  }

  /** Puts back tokens of `takeUpTo` that were not spent. */
  giveBack(count: number): void {
    this.#prepaid += count;
  }

  #prepay(): boolean {
    this.#refill();
    if (this.#tokens < 1) return false;
    const portion = Math.min(this.#portion, Math.floor(this.#tokens));
    this.#tokens -= portion;
    this.#prepaid = portion;
    return true;
  }

  #refill(): void {
    const now = this.#clock.now();
    this.#tokens = Math.min(this.#capacity, this.#tokens + ((now - this.#filledAt) / 1000) * this.#rate);
    this.#filledAt = now;
  }
}
