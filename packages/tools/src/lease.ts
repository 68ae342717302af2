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
  /** @throws LLMSPELL_E_POOL_LEASE_RELEASED after the release */
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

/** How a lease tells its pool that it ends. */
export type EndLease = (instance: PooledInstance, isFit: boolean) => void;

/** A lease of a pool. Each is an object of its own, so that a second release is told from the next caller's first. */
export class PoolLease implements Lease {
  readonly #pool: string;
  readonly #instance: PooledInstance;
  readonly #end: EndLease;
  #isReleased = false;

  constructor(pool: string, instance: PooledInstance, end: EndLease) {
    this.#pool = pool;
    this.#instance = instance;
    this.#end = end;
  }

  get id(): string {
    return this.#instance.id;
  }

  get instance(): ToolInstance {
    this.#assertHeld();
    return this.#instance.resource;
  }

  release(): void {
    this.#finish(true);
  }

  retire(): void {
    this.#finish(false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isReleased) this.#finish(true);
  }

  #finish(isFit: boolean): void {
    this.#assertHeld();
    this.#isReleased = true;
    this.#end(this.#instance, isFit);
  }

  #assertHeld(): void {
    if (this.#isReleased) {
      throw toolErrors.LLMSPELL_E_POOL_LEASE_RELEASED({ pool: this.#pool, instance: this.#instance.id });
    }
  }
}
