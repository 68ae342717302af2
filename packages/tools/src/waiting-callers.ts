import type { Clock } from "@llmspell/base";
import type { DeadlineTimer } from "./deadline-timer.ts";
import { toolErrors } from "./errors.ts";
import type { AcquireOptions } from "./pool-options.ts";
import type { PooledInstance } from "./pooled-instance.ts";
import { Waiter, WaitingQueue } from "./waiting-queue.ts";

export interface WaitingCallersOptions {
  readonly pool: string;
  readonly maxQueue: number;
  readonly clock: Clock;
  readonly deadlines: DeadlineTimer;
  /** Counts a caller who leaves without an instance. */
  onRefused(outcome: "shed" | "failed"): void;
}

/** The callers who wait for an instance: each until it gets one, loses patience, gives up, or is refused. */
export class WaitingCallers {
  readonly #options: WaitingCallersOptions;
  readonly #queue = new WaitingQueue();

  constructor(options: WaitingCallersOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#queue.length;
  }

  get isFull(): boolean {
    return this.#queue.length >= this.#options.maxQueue;
  }

  /**
   * Waits for an instance.
   *
   * @param timeout milliseconds
   * @throws LLMSPELL_E_POOL_QUEUE_FULL, LLMSPELL_E_POOL_ACQUIRE_TIMEOUT, the signal's reason, or why all are refused
   */
  wait({ signal, priority = "normal", key }: AcquireOptions, timeout: number): Promise<PooledInstance> {
    const { pool, maxQueue } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<PooledInstance>();
    const waiter = new Waiter(priority, key, resolve, reject);
    if (signal?.aborted) this.#refuse(waiter, "shed", signal.reason);
    else if (this.isFull) this.#refuse(waiter, "shed", toolErrors.LLMSPELL_E_POOL_QUEUE_FULL({ pool, maxQueue }));
    else this.#enqueue(waiter, timeout, signal);
    return promise;
  }

  /**
   * Gives instances to the callers, in their order, as long as there are any.
   *
   * @param lend gives an instance, or `undefined` when none is free; when it throws, the caller gets the error
   */
  serve(lend: (key: string | undefined) => PooledInstance | undefined): void {
    for (let waiter = this.#queue.peek(); waiter !== undefined; waiter = this.#queue.peek()) {
      try {
        const instance = lend(waiter.key);
        if (instance === undefined) return;
        this.#dequeue(waiter);
        waiter.grant(instance);
      } catch (error) {
        this.#refuse(waiter, "failed", error);
      }
    }
  }

  refuseAll(outcome: "shed" | "failed", reason: unknown): void {
    for (let waiter = this.#queue.peek(); waiter !== undefined; waiter = this.#queue.peek()) {
      this.#refuse(waiter, outcome, reason);
    }
  }

  #enqueue(waiter: Waiter, timeout: number, signal: AbortSignal | undefined): void {
    const { pool, clock, deadlines } = this.#options;
    waiter.deadline = deadlines.add(clock.now() + timeout, () =>
      this.#refuse(waiter, "shed", toolErrors.LLMSPELL_E_POOL_ACQUIRE_TIMEOUT({ pool, timeout })),
    );
    if (signal !== undefined) {
      const onAbort = () => this.#refuse(waiter, "shed", signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      waiter.stopListening = () => signal.removeEventListener("abort", onAbort);
    }
    this.#queue.push(waiter);
  }

  #refuse(waiter: Waiter, outcome: "shed" | "failed", reason: unknown): void {
    this.#dequeue(waiter);
    waiter.refuse(reason);
    this.#options.onRefused(outcome);
  }

  #dequeue(waiter: Waiter): void {
    this.#queue.remove(waiter);
    if (waiter.deadline !== undefined) this.#options.deadlines.remove(waiter.deadline);
    waiter.stopListening?.();
  }
}
