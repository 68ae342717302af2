import type { Clock } from "@llmspell/base";
import type { DeadlineTimer } from "./deadline-timer.ts";
import { toolErrors } from "./errors.ts";
import type { PoolLease } from "./lease.ts";
import type { AcquireOptions } from "./pool-options.ts";
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
  wait(options: AcquireOptions, request: WaitRequest, now: number): Promise<PoolLease> {
    const { pool, maxQueue } = this.#options;
    const resolvers = Promise.withResolvers<PoolLease>();
    const waiter = new Waiter(this, options, request, now, resolvers);
    if (this.isFull) this.#refuse(waiter, "shed", toolErrors.LLMSPELL_E_POOL_QUEUE_FULL({ pool, maxQueue }));
    else this.#enqueue(waiter);
    return resolvers.promise;
  }

  /** Gives instances to the callers, in their order, as long as there are any. */
  serve(): void {
    for (let waiter = this.#queue.peek(); waiter !== undefined; waiter = this.#queue.peek()) {
      let lease: PoolLease | undefined;
      try {
        lease = this.#options.lend(waiter, this.#queue.length);
      } catch (error) {
        this.#refuse(waiter, "failed", error);
        continue;
      }
      if (lease === undefined) return;
      this.#queue.serve(waiter);
      this.#letGo(waiter);
      waiter.grant(lease);
    }
  }

  refuseAll(outcome: "shed" | "failed", reason: unknown): void {
    for (let waiter = this.#queue.peek(); waiter !== undefined; waiter = this.#queue.peek()) {
      this.#refuse(waiter, outcome, reason);
    }
  }

  onExpired(waiter: Waiter): void {
    const { pool, situation } = this.#options;
    const { timeout } = waiter.request;
    const details = { pool, timeout, situation: situation() };
    this.#refuse(waiter, "shed", toolErrors.LLMSPELL_E_POOL_ACQUIRE_TIMEOUT(details));
  }

  onAborted(waiter: Waiter): void {
    this.#refuse(waiter, "shed", waiter.signal?.reason);
  }

  #enqueue(waiter: Waiter): void {
    this.#options.deadlines.start(waiter, waiter.request.timeout, waiter.arrivedAt);
    waiter.signal?.addEventListener("abort", waiter, { once: true });
    this.#queue.push(waiter);
  }

  #refuse(waiter: Waiter, outcome: "shed" | "failed", reason: unknown): void {
    this.#queue.remove(waiter);
    this.#letGo(waiter);
    waiter.refuse(reason);
    this.#options.onRefused(waiter, outcome);
  }

  #letGo(waiter: Waiter): void {
    this.#options.deadlines.remove(waiter);
    waiter.signal?.removeEventListener("abort", waiter);
  }
}
