import type { RouteOutcome } from "./emit-result.ts";

/** How an accepted event ended. */
export interface Settlement {
  readonly outcome: RouteOutcome;
  readonly error?: unknown;
}

/** Nothing more is known than that the event was accepted. */
export const STILL_QUEUED: Settlement = { outcome: "queued" };

const DELIVERED: Settlement = { outcome: "delivered" };

/** Emitters that wait until their event has been handled, by the event's sequence number. */
export class Settlements {
  readonly #waiting = new Map<number, (settlement: Settlement) => void>();

  /** Waits for the end of an event. When `signal` aborts the wait ends: all that is known is that the event is queued. */
  wait(sequence: number, signal: AbortSignal | undefined): Promise<Settlement> {
    if (signal?.aborted) return Promise.resolve(STILL_QUEUED);
    return new Promise((resolve) => {
      const abort = () => this.settle(sequence, STILL_QUEUED);
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiting.set(sequence, (settlement) => {
        signal?.removeEventListener("abort", abort);
        resolve(settlement);
      });
    });
  }

  delivered(sequence: number): void {
    if (this.#waiting.size > 0) this.settle(sequence, DELIVERED);
  }

  settle(sequence: number, settlement: Settlement): void {
    if (this.#waiting.size === 0) return;
    const resolve = this.#waiting.get(sequence);
    if (resolve === undefined) return;
    this.#waiting.delete(sequence);
    resolve(settlement);
  }

  /** Ends every wait: what is left is not handled by anyone now. */
  abandon(): void {
    for (const sequence of [...this.#waiting.keys()]) this.settle(sequence, STILL_QUEUED);
  }
}
