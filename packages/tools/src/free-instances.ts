import type { PooledInstance } from "./pooled-instance.ts";

/** The instances of a pool that can take a call, in the order in which they are given calls. */
export interface FreeInstances {
  /**
   * Who takes the next call; it stays where it is. `undefined` when there is none.
   *
   * @throws LLMSPELL_E_POOL_BALANCER, or what a balancer throws
   */
  pick(key: string | undefined): PooledInstance | undefined;
  /** The instance can take a call, for the first time, again, or with one call more or less than before. */
  put(instance: PooledInstance): void;
  /** The instance takes no call now; does nothing when it took none before. */
  remove(instance: PooledInstance): void;
}
