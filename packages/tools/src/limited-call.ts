import { Deadline, type DeadlineTimer } from "./deadline-timer.ts";

/** How a call may end before its work does. */
export interface CallLimits {
  readonly deadlines: DeadlineTimer;
  /** The clock's time, which the caller has just read: milliseconds since the Unix epoch. */
  readonly now: number;
  /** How long the call may take; milliseconds. */
  readonly limit: number;
  /** Makes the error of a call whose time is over. */
  readonly overdue: () => Error;
  readonly signal?: AbortSignal | undefined;
  /** Told when the work has really ended, before the caller learns of it. */
  readonly onEnded?: ((isSuccess: boolean) => void) | undefined;
}

/**
 * Work under a signal that aborts when its time is over, when its caller aborts, or by `abort`. The caller learns of that at
 * once, also when the work does not heed its signal; `work` tells when it has really ended. Work of a caller who has
 * aborted before is not started.
 */
export class LimitedCall<Result> extends Deadline {
  /** What the caller gets: the work's result, or why it was given up. */
  readonly outcome: Promise<Result>;
  /** The work itself. */
  readonly work: Promise<Result>;
  readonly #controller = new AbortController();
  readonly #limits: CallLimits;
  readonly #reject: (reason: unknown) => void;

  constructor(limits: CallLimits, start: (signal: AbortSignal) => Promise<Result>) {
    super();
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const { deadlines, limit, now, signal } = limits;
    this.#limits = limits;
    this.outcome = promise;
    this.#reject = reject;
    deadlines.start(this, limit, now);
    // Few callers have a signal, and a listener costs more than the rest of this.
    if (signal?.aborted === true) this.abort(signal.reason);
    else signal?.addEventListener("abort", this, { once: true });
    this.work = this.#begin(start);
    this.work.then(
      (result) => {
        this.#end(true);
        resolve(result);
      },
      (reason: unknown) => {
        this.#end(false);
        reject(reason);
      },
    );
  }

  /** Gives the call up: `outcome` rejects with `reason`, and the work's signal aborts. */
  abort(reason: unknown): void {
    this.#release();
    this.#reject(reason);
    this.#controller.abort(reason);
  }

  expire(): void {
    this.abort(this.#limits.overdue());
  }

  /** Called by the caller's signal. */
  handleEvent(): void {
    this.abort(this.#limits.signal?.reason);
  }

  /** Starts nothing that has been given up before; turns a synchronous throw into a rejection. */
  #begin(start: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const { signal } = this.#controller;
    try {
      signal.throwIfAborted();
      return Promise.resolve(start(signal));
    } catch (reason) {
      return Promise.reject(reason);
    }
  }

  #end(isSuccess: boolean): void {
    this.#release();
    this.#limits.onEnded?.(isSuccess);
  }

  #release(): void {
    this.#limits.deadlines.remove(this);
    this.#limits.signal?.removeEventListener("abort", this);
  }
}
