import { parseDuration, type Random } from "@llmspell/base";
import { type RetryOptions, retryOptionsDefaults } from "./generated/options.ts";

/** How often a failed event is tried, and how long to wait in between. */
export class RetryPolicy {
  /** How many times in all, the first included. */
  readonly attempts: number;
  readonly #backoff: number;
  readonly #maxBackoff: number;
  readonly #random: Random;

  /**
   * @param options without them an event is tried once
   * @throws LLMSPELL_E_DURATION
   */
  constructor(options: RetryOptions | undefined, random: Random) {
    const settings = { ...retryOptionsDefaults, ...(options ?? { attempts: 1 }) };
    this.attempts = settings.attempts;
    this.#backoff = parseDuration(settings.backoff);
    this.#maxBackoff = parseDuration(settings.maxBackoff);
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
