import type { Clock } from "@llmspell/base";

export interface AttemptLimits {
  /** Ends the attempt: it throws the signal's reason. */
  readonly signal: AbortSignal;
  /** Milliseconds; no limit when `undefined`. */
  readonly timeout: number | undefined;
  readonly clock: Clock;
  /** What the attempt throws when its time is over. */
  readonly timeoutError: () => Error;
}

/**
 * Waits for a piece of work, but no longer than its limits: work that does not obey its signal is left behind, and what
 * comes of it is of no consequence.
 */
export function attemptWithin<Result>(
  work: (signal: AbortSignal) => Result | Promise<Result>,
  limits: AttemptLimits,
): Promise<Result> {
  const { signal, timeout, clock, timeoutError } = limits;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const deadline = timeout === undefined ? undefined : new AbortController();
    const giveUp = (reason: unknown) => {
      release();
      deadline?.abort(reason);
      reject(reason);
    };
    const onAbort = () => giveUp(signal.reason);
    const timer = timeout === undefined ? undefined : clock.setTimeout(() => giveUp(timeoutError()), timeout);
    const release = () => {
      timer?.cancel();
      signal.removeEventListener("abort", onAbort);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const start = async () => await work(deadline?.signal ?? signal);
    start().finally(release).then(resolve, reject);
  });
}
