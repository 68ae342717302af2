import type { Log } from "@llmspell/base";

/** The pools grow again when they hold less than this share of the limit: so that they do not grow and shrink in turns. */
const RESUME_SHARE = 0.9;

/** The instances of one pool, as a memory limit sees them. */
export interface MemoryHolder {
  /** Bytes that the pool's instances held when they were last measured. */
  readonly memory: number;
  /** Lets go the idle instance that is idle longest, above the minimum; gives the bytes it held, 0 when there is none. */
  evictIdle(): number;
}

/**
 * Keeps what the instances of all pools hold, as measured, under a limit: above it, idle instances above their pool's minimum
 * go, and no pool grows above its minimum until there is room again.
 */
export class MemoryLimit {
  readonly #limit: number;
  readonly #log: Log;
  #isExceeded = false;

  /** @param limit bytes */
  constructor(limit: number, log: Log) {
    this.#limit = limit;
    this.#log = log;
  }

  /** Whether pools must not grow above their minimum now. */
  get isExceeded(): boolean {
    return this.#isExceeded;
  }

  /** Goes by what was measured last. */
  enforce(holders: readonly MemoryHolder[]): void {
    let held = holders.reduce((sum, { memory }) => sum + memory, 0);
    if (held <= this.#limit) {
      if (this.#isExceeded && held <= this.#limit * RESUME_SHARE) this.#resume(held);
      return;
    }
    const before = held;
    let evicted = 0;
    for (const holder of [...holders].sort((a, b) => b.memory - a.memory)) {
      while (held > this.#limit) {
        const freed = holder.evictIdle();
        if (freed === 0) break;
        held -= freed;
        evicted++;
      }
    }
    if (this.#isExceeded && evicted === 0) return;
    this.#isExceeded = true;
    this.#log.warn("The tool instances hold more memory than they may: pools do not grow until there is room.", {
      held: before,
      limit: this.#limit,
      evicted,
    });
  }

  #resume(held: number): void {
    this.#isExceeded = false;
    this.#log.info("There is memory for more tool instances again.", { held, limit: this.#limit });
  }
}
