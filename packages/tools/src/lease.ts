import type { ToolInstance } from "./tool.ts";

/**
 * The right to use one instance until it is released, once.
 *
 * @example
 * await using lease = await pool.acquire("web_search");
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
