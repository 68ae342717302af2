import type { Clock, Timer } from "@llmspell/base";

/** The life of one chat: ends when the caller gives up, the time is over, or the agent is disposed. */
export class ChatScope implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: Timer;
  readonly #caller: AbortSignal | undefined;
  readonly #onCallerAbort = () => this.#controller.abort(this.#caller?.reason);

  /** @param timeout milliseconds, after which the signal aborts with what `overdue` returns */
  constructor(clock: Clock, timeout: number, overdue: () => Error, caller: AbortSignal | undefined) {
    this.#caller = caller;
    this.#timer = clock.setTimeout(() => this.abort(overdue()), timeout);
    caller?.addEventListener("abort", this.#onCallerAbort, { once: true });
    if (caller?.aborted) this.#onCallerAbort();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Does nothing when it has ended already. */
  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
    this.#caller?.removeEventListener("abort", this.#onCallerAbort);
  }
}
