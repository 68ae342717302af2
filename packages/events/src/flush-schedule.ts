import type { Clock, Timer } from "@llmspell/base";

const NOW = Promise.resolve();

/**
 * When channels hand out what they have buffered: promptly, which is when the code that runs now has ended, so that what it
 * emits in a row is one batch; or after an interval.
 */
export class FlushSchedule {
  readonly #clock: Clock;
  readonly #interval: number;
  readonly #flush: () => void;
  readonly #flushPromptly: () => void;
  #isPromptFlushDue = false;
  #timer: Timer | undefined;
  #isStopped = false;

  /**
   * @param interval milliseconds
   * @param flush hands out what all channels have
   * @param flushPromptly hands out what those channels have that asked for it
   */
  constructor(clock: Clock, interval: number, flush: () => void, flushPromptly: () => void) {
    this.#clock = clock;
    this.#interval = interval;
    this.#flush = flush;
    this.#flushPromptly = () => {
      this.#isPromptFlushDue = false;
      flushPromptly();
    };
  }

  requestPromptly(): void {
    if (this.#isPromptFlushDue) return;
    this.#isPromptFlushDue = true;
    void NOW.then(this.#flushPromptly);
  }

  /** @param delay milliseconds; the interval when left out */
  request(delay: number = this.#interval): void {
    if (this.#isStopped) return;
    if (this.#timer !== undefined) {
      if (delay === this.#interval) return;
      this.#timer.cancel();
    }
    this.#timer = this.#clock.setTimeout(() => this.flushNow(), delay);
  }

  flushNow(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#flush();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
