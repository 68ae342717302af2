/**
 * The source of time for every part of llmspell. Nothing else reads the time or sets a timer, so that a whole
 * runtime can be driven in virtual time (see `VirtualClock` in `@llmspell/testkit`).
 */
export interface Clock {
  /** Milliseconds since the Unix epoch, with a fraction; never goes backwards. */
  now(): number;
  /** Calls `callback` once, `delay` milliseconds from now. */
  setTimeout(callback: () => void, delay: number): Timer;
  /** Calls `callback` every `interval` milliseconds until the timer is cancelled. */
  setInterval(callback: () => void, interval: number): Timer;
  /**
   * Resolves after `duration` milliseconds.
   *
   * @throws the signal's reason as soon as `signal` aborts.
   */
  sleep(duration: number, signal?: AbortSignal): Promise<void>;
}

/** A pending timer. */
export interface Timer {
  /** Stops the timer; does nothing when it has already fired or been cancelled. */
  cancel(): void;
  /** Lets the process end while this timer is pending; returns the timer itself. */
  unref(): this;
}

/** Implements `Clock.sleep` over a clock's own timers. */
export function sleepOn(clock: Pick<Clock, "setTimeout">, duration: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, duration);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
