import type { Deadline, DeadlineTimer } from "./deadline-timer.ts";

/** How a call may end before its work does. */
export interface CallLimits {
  readonly deadlines: DeadlineTimer;
  /** Milliseconds since the Unix epoch. */
  readonly endsAt: number;
  /** Makes the error of a call whose time is over. */
  readonly overdue: () => Error;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Work under a signal that aborts when its time is over, when its caller aborts, or by `abort`. The caller learns of that at
 * once, also when the work does not heed its signal; `work` tells when it has really ended. Work of a caller who has
 * aborted before is not started.
 */
export class LimitedCall<Result> {
  /** What the caller gets: the work's result, or why it was given up. */
  readonly outcome: Promise<Result>;
  /** The work itself. */
  readonly work: Promise<Result>;
  readonly #controller = new AbortController();
  readonly #limits: CallLimits;
  readonly #deadline: Deadline;
  readonly #fail: (reason: unknown) => void;
  readonly #onAbort = () => this.abort(this.#limits.signal?.reason);

  constructor(limits: CallLimits, start: (signal: AbortSignal) => Promise<Result>) {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#limits = limits;
    this.outcome = promise;
    this.#fail = reject;
    this.#deadline = limits.deadlines.add(limits.endsAt, () => this.abort(limits.overdue()));
    limits.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (limits.signal?.aborted) this.#onAbort();
    this.work = startSafely(start, this.#controller.signal);
    this.work.then(
      (result) => {
        this.#release();
        resolve(result);
      },
      (reason: unknown) => {
        this.#release();
        reject(reason);
      },
    );
  }

  /** Gives the call up: `outcome` rejects with `reason`, and the work's signal aborts. */
  abort(reason: unknown): void {
    this.#release();
    this.#fail(reason);
    this.#controller.abort(reason);
  }

  #release(): void {
    this.#limits.deadlines.remove(this.#deadline);
    this.#limits.signal?.removeEventListener("abort", this.#onAbort);
  }
}

/** Starts nothing that has been given up before; turns a synchronous throw into a rejection. */
async function startSafely<Result>(
  start: (signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  signal.throwIfAborted();
  return await start(signal);
}
