import type { Clock, Timer } from "@llmspell/base";

/** The time of one run: when it began, the clock as last read, and the timers that end with it. */
export class RunTime {
  readonly #clock: Clock;
  readonly #startedAt: number | undefined;
  /**
   * The clock as last read, while the run is synchronous: nothing but hooks and their conditions takes time then, so a
   * hook starts when the one before it ended. Reading the clock is a good part of what a hook costs.
   */
  #lastReading: number | undefined;
  /** Made when it is first needed. */
  #timers: Set<Timer> | undefined;

  /**
   * @param startedAt when the run began, where somebody wants to know
   * @param isNow whether it begins only now, so that this is what the clock shows
   */
  constructor(clock: Clock, startedAt: number | undefined, isNow: boolean) {
    this.#clock = clock;
    this.#startedAt = startedAt;
    this.#lastReading = isNow ? startedAt : undefined;
  }

  /** Milliseconds since the run began; 0 where nobody wanted to know. */
  elapsed(): number {
    return this.#startedAt === undefined ? 0 : this.#clock.now() - this.#startedAt;
  }

  /** How long the run took that ends at `now`; milliseconds. */
  durationUntil(now: number): number {
    return now - (this.#startedAt ?? 0);
  }

  /** The clock's time before a hook; while the run is synchronous that is the time after the one before. */
  before(): number {
    return this.#lastReading ?? this.#clock.now();
  }

  /** The clock's time after a hook. */
  after(): number {
    const now = this.#clock.now();
    if (this.#lastReading !== undefined) this.#lastReading = now;
    return now;
  }

  /** From here on time passes between two hooks. */
  letPass(): void {
    this.#lastReading = undefined;
  }

  /** Calls `expire` after a while, unless the run ends before. */
  setTimer(expire: () => void, delay: number): Timer {
    const timer = this.#clock.setTimeout(expire, delay);
    this.#timers ??= new Set();
    this.#timers.add(timer);
    return timer;
  }

  cancelTimer(timer: Timer): void {
    timer.cancel();
    this.#timers?.delete(timer);
  }

  cancelTimers(): void {
    for (const timer of this.#timers ?? []) timer.cancel();
  }
}
