import type { Random } from "@llmspell/base";

/** So many leases of a second are timed, each for itself; */
const TIMED_EXACTLY = 4096;
/** of the others, one of so many stands for all: reading the clock twice costs a third of a lease. */
const SAMPLE = 16;

/**
 * Decides which leases are timed. The gap between two that are is by chance, so that no rhythm of the calls is mistaken for
 * their nature.
 */
export class LeaseSampling {
  readonly #random: Random;
  #exact = TIMED_EXACTLY;
  #skip = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** For how many leases the next one stands, on the average; 0 when it is not timed. */
  next(): number {
    if (this.#exact > 0) {
      this.#exact--;
      return 1;
    }
    if (this.#skip > 0) {
      this.#skip--;
      return 0;
    }
    this.#skip = Math.floor(this.#random() * (2 * SAMPLE - 1));
    return SAMPLE;
  }

  /** A new second begins. */
  renew(): void {
    this.#exact = TIMED_EXACTLY;
    this.#skip = 0;
  }
}
