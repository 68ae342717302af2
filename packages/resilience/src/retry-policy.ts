import { type Duration, parseDuration, type Random } from "@llmspell/base";

/** How often something is tried that may fail, and how long to wait in between. */
export interface RetrySettings {
  /** How many times in all, the first included; at least 1. */
  readonly attempts: number;
  /** The wait after the first failure; it doubles with each further one. */
  readonly backoff: Duration;
  /** The longest wait. */
  readonly maxBackoff: Duration;
}

/** Retries with exponential backoff and jitter. */
export class RetryPolicy {
  /** How many times in all, the first included. */
  readonly attempts: number;
  readonly #backoff: number;
  readonly #maxBackoff: number;
  readonly #random: Random;

  /** @throws LLMSPELL_E_DURATION */
  constructor({ attempts, backoff, maxBackoff }: RetrySettings, random: Random) {
    this.attempts = attempts;
    this.#backoff = parseDuration(backoff);
    this.#maxBackoff = parseDuration(maxBackoff);
    this.#random = random;
  }

  /**
   * Milliseconds to wait after attempt number `attempt` has failed, counting from 1: exponential, one half of it random
   * ("equal jitter", M. Brooker, AWS Architecture Blog, 2015).
   */
  delayAfter(attempt: number): number {
    const ceiling = Math.min(this.#maxBackoff, this.#backoff * 2 ** (attempt - 1));
    return ceiling / 2 + (this.#random() * ceiling) / 2;
  }
}
