import type { Clock } from "@llmspell/base";
import type { DeadlineTimer } from "./deadline-timer.ts";
import { toolErrors } from "./errors.ts";
import type { PoolLease } from "./lease.ts";
import { Waiter, type WaiterOwner, WaitingQueue, type WaitRequest } from "./waiting-queue.ts";

export interface WaitingCallersOptions {
  readonly pool: string;
  readonly maxQueue: number;
  readonly clock: Clock;
  readonly deadlines: DeadlineTimer;
  /**
   * Lends an instance to a caller; `undefined` when none is free. When it throws, the caller gets the error.
   *
   * @param waiting how many wait, this one included
   */
  lend(waiter: Waiter, waiting: number): PoolLease | undefined;
  /** Counts a caller who leaves without an instance. */
  onRefused(waiter: Waiter, outcome: "shed" | "failed"): void;
  /** Why there is no instance free, as a part of a sentence. */
  situation(): string;
}

/** The callers who wait for an instance: each until it gets one, loses patience, gives up, or is refused. */
export class WaitingCallers implements WaiterOwner {
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
   * @param now the clock's time, which the caller has just read
   * @throws LLMSPELL_E_POOL_QUEUE_FULL, LLMSPELL_E_POOL_ACQUIRE_TIMEOUT, the signal's reason, or why all are refused
   */
  wait(request: WaitRequest, now: number): Promise<PoolLease> {
    const { pool, maxQueue, deadlines } = this.#options;
    const { timeout, signal } = request;
    const waiter = new Waiter(this, request);
    if (signal?.aborted === true) this.#turnAway(waiter, "shed", signal.reason);
    else if (this.isFull) this.#turnAway(waiter, "shed", toolErrors.LLMSPELL_E_POOL_QUEUE_FULL({ pool, maxQueue }));
    else {
      deadlines.start(waiter, timeout, now);
      signal?.addEventListener("abort", waiter, { once: true });
      this.#queue.push(waiter);
    }
    return waiter.lease;
  }

  /**
   * Gives instances to the callers, in their order, as long as there are any.
   *
   * @param most how many instances there can be
   */
  serve(most = Number.POSITIVE_INFINITY): void {
    for (let left = most; left > 0; ) {
      const waiter = this.#queue.peek();
      if (waiter === undefined) return;
      let lease: PoolLease | undefined;
      try {
        lease = this.#options.lend(waiter, this.#queue.length);
      } catch (error) {
        this.#refuse(waiter, "failed", error);
        continue;
      }
      if (lease === undefined) return;
      this.#letGo(waiter, true);
      waiter.grant(lease);
      left--;
    }
  }

  refuseAll(outcome: "shed" | "failed", reason: unknown): void {
    for (let waiter = this.#queue.peek(); waiter !== undefined; waiter = this.#queue.peek()) {
      this.#refuse(waiter, outcome, reason);
    }
  }

  onExpired(waiter: Waiter): void {
    const { pool, situation } = this.#options;
    const details = { pool, timeout: waiter.request.timeout, situation: situation() };
    this.#refuse(waiter, "shed", toolErrors.LLMSPELL_E_POOL_ACQUIRE_TIMEOUT(details));
  }

  onAborted(waiter: Waiter): void {
    this.#refuse(waiter, "shed", waiter.request.signal?.reason);
  }

  #refuse(waiter: Waiter, outcome: "shed" | "failed", reason: unknown): void {
    this.#letGo(waiter, false);
    this.#turnAway(waiter, outcome, reason);
  }

  #turnAway(waiter: Waiter, outcome: "shed" | "failed", reason: unknown): void {
    waiter.refuse(reason);
    this.#options.onRefused(waiter, outcome);
  }

  #letGo(waiter: Waiter, isServed: boolean): void {
    // First: whoever is no longer pending stands in no line.
    this.#options.deadlines.remove(waiter);
    waiter.request.signal?.removeEventListener("abort", waiter);
    this.#queue.leave(waiter, isServed);
  }
}
