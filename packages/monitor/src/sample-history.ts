import type { Reading } from "@llmspell/base";

/** One part's reading at one moment. */
export interface Sample {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly reading: Reading;
}

/** The last `capacity` samples of one part: a ring, so that a full history costs nothing to keep up. */
export class SampleHistory {
  readonly #ring: Sample[] = [];
  readonly #capacity: number;
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(sample: Sample): void {
    this.#ring[this.#next] = sample;
    this.#next = (this.#next + 1) % this.#capacity;
  }

  /** Oldest first. */
  list(): Sample[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
  }

  /** The newest sample taken at `moment` or before; when all are younger, the oldest; `undefined` when there is none. */
  atOrBefore(moment: number): Sample | undefined {
    const count = this.#ring.length;
    let found: Sample | undefined;
    for (let age = 1; age <= count; age++) {
      found = this.#ring[(this.#next - age + count) % count];
      if (found !== undefined && found.at <= moment) break;
    }
    return found;
  }
}
