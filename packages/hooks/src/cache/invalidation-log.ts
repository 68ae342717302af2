/**
 * How many invalidated keys are remembered one by one. More of them than that while one answer is computed, and the
 * answer is taken for outdated: dear at worst, never wrong.
 */
const REMEMBERED_KEYS = 8192;

/**
 * Remembers which keys were invalidated last, so that an answer that was begun before is not kept after.
 *
 * Every invalidation gets the next number. The version of a set of keys is the number of the latest invalidation of any
 * of them: it changes whenever one is invalidated, and never comes back. Of keys that are no longer remembered only the
 * highest number is known, and every version is at least that; so memory is bounded, and nothing has to be ended or
 * cleaned up when a computation fails or hangs.
 */
export class InvalidationLog {
  /** The number of each key's latest invalidation, the earliest first. */
  readonly #latest = new Map<string, number>();
  readonly #capacity: number;
  #count = 0;
  /** The highest number among the forgotten keys. */
  #forgotten = 0;

  constructor(capacity = REMEMBERED_KEYS) {
    this.#capacity = capacity;
  }

  note(key: string): void {
    this.#count++;
    // Deleted first, so that it moves to the end.
    this.#latest.delete(key);
    this.#latest.set(key, this.#count);
    if (this.#latest.size > this.#capacity) this.#forgetEarliest();
  }

  /** A number that changes as soon as one of the keys is invalidated. */
  versionOf(keys: readonly string[]): number {
    let version = keys.length === 0 ? 0 : this.#forgotten;
    for (const key of keys) {
      const number = this.#latest.get(key);
      if (number !== undefined && number > version) version = number;
    }
    return version;
  }

  #forgetEarliest(): void {
    for (const [key, number] of this.#latest) {
      this.#latest.delete(key);
      this.#forgotten = number;
      return;
    }
  }
}
