import { type Duration, parseDuration, type Random } from "@llmspell/base";
import { stepRetriesDefaults } from "./generated/options.ts";

export interface RetryOptions {
  readonly attempts?: number | undefined;
  readonly backoff?: Duration | undefined;
  readonly maxBackoff?: Duration | undefined;
}

/** How often a failed step is tried, and how long to wait in between. */
export class RetryPolicy {
  /** How many times in all, the first included. */
  readonly attempts: number;
  readonly #backoff: number;
  readonly #maxBackoff: number;
  readonly #random: Random;

  /**
   * @param options without them a step is tried once
   * @throws LLMSPELL_E_DURATION
   */
  constructor(options: RetryOptions | undefined, random: Random) {
    const { attempts, backoff, maxBackoff } = options ?? { attempts: 1 };
    this.attempts = attempts ?? stepRetriesDefaults.attempts;
    this.#backoff = parseDuration(backoff ?? stepRetriesDefaults.backoff);
    this.#maxBackoff = parseDuration(maxBackoff ?? stepRetriesDefaults.maxBackoff);
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
