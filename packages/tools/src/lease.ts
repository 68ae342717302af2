import type { BreakerPermit } from "@llmspell/resilience";
import { toolErrors } from "./errors.ts";
import type { PooledInstance } from "./pooled-instance.ts";
import type { ToolInstance } from "./tool.ts";

/**
 * The right to use one instance until it is released, once.
 *
 * @example
 * await using lease = await tools.acquire("web_search");
 * await lease.instance.execute({ query: "llmspell" }, { signal });
 */
export interface Lease extends AsyncDisposable {
  /** The instance's identity in the pool's figures and messages: `web_search-3`. */
  readonly id: string;
  /** @throws LLMSPELL_E_POOL_LEASE_RELEASED after the release; LLMSPELL_E_POOL_CLOSED once the pool has stopped */
  readonly instance: ToolInstance;
  /**
   * Gives the instance back.
   *
   * @throws LLMSPELL_E_POOL_LEASE_RELEASED when it was released before
   */
  release(): void;
  /**
   * Gives the instance back as unfit: it serves nobody else, and the use counts as failed.
   *
   * @throws LLMSPELL_E_POOL_LEASE_RELEASED when it was released before
   */
  retire(): void;
}

/** The pool as its leases see it. */
export interface Lender {
  readonly pool: string;
  /** @throws LLMSPELL_E_POOL_CLOSED once the pool has stopped */
  assertRunning(): void;
  /** Takes an instance back. */
  endLease(lease: PoolLease, isFit: boolean): void;
}

/** Where a stack was captured, until somebody reads it. */
export interface CapturedStack {
  readonly stack?: string;
}

/**
 * A lease of a pool. Each is an object of its own, and knows whether it has ended: a second release cannot be taken for the
 * next caller's first one.
 */
export class PoolLease implements Lease {
  readonly #lender: Lender;
  readonly pooled: PooledInstance;
  /** When its caller came; milliseconds since the Unix epoch. */
  readonly arrivedAt: number;
  /** Milliseconds since the Unix epoch. */
  readonly lentAt: number;
  /** For how many leases its times stand; 0 when it is not timed, and its times are only about right. */
  readonly weight: number;
  readonly permit: BreakerPermit | undefined;
  #isReleased = false;
  /** What the pool's list of leases keeps of it. */
  next: PoolLease | undefined = undefined;
  previous: PoolLease | undefined = undefined;
  isOverdue = false;
  place: CapturedStack | undefined = undefined;

  // One by one, not as an object: one is made for every call.
  constructor(
    lender: Lender,
    pooled: PooledInstance,
    arrivedAt: number,
    lentAt: number,
    weight: number,
    permit: BreakerPermit | undefined,
  ) {
    this.#lender = lender;
    this.pooled = pooled;
    this.arrivedAt = arrivedAt;
    this.lentAt = lentAt;
    this.weight = weight;
    this.permit = permit;
  }

  get id(): string {
    return this.pooled.id;
  }

  get instance(): ToolInstance {
    this.#assertHeld();
    this.#lender.assertRunning();
    return this.pooled.resource;
  }

  release(): void {
    this.#finish(true);
  }

  retire(): void {
    this.#finish(false);
  }

  [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isReleased) this.#finish(true);
    return Promise.resolve();
  }

  #finish(isFit: boolean): void {
    this.#assertHeld();
    this.#isReleased = true;
    this.#lender.endLease(this, isFit);
  }

  #assertHeld(): void {
    if (this.#isReleased) {
      throw toolErrors.LLMSPELL_E_POOL_LEASE_RELEASED({ pool: this.#lender.pool, instance: this.pooled.id });
    }
  }
}
