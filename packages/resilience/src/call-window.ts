/** The window is counted in this many slices; a call counts for between nine tenths and the whole of the window. */
const SLICES = 10;

/** How many calls there were, failed and were slow in the last while. Nothing is allocated for a call. */
export class CallWindow {
  readonly #sliceDuration: number;
  readonly #calls = new Float64Array(SLICES);
  readonly #failures = new Float64Array(SLICES);
  readonly #slowCalls = new Float64Array(SLICES);
  #slice = 0;
  #sliceEnd: number;

  /** @param duration how far back calls count, in milliseconds */
  constructor(duration: number, now: number) {
    this.#sliceDuration = Math.max(1, duration) / SLICES;
    this.#sliceEnd = now + this.#sliceDuration;
  }

  get calls(): number {
    return sum(this.#calls);
  }

  get failures(): number {
    return sum(this.#failures);
  }

  get slowCalls(): number {
    return sum(this.#slowCalls);
  }

  count(hasFailed: boolean, isSlow: boolean, now: number): void {
    if (now >= this.#sliceEnd) this.#advance(now);
    const slice = this.#slice;
    this.#calls[slice] = (this.#calls[slice] ?? 0) + 1;
    if (hasFailed) this.#failures[slice] = (this.#failures[slice] ?? 0) + 1;
    if (isSlow) this.#slowCalls[slice] = (this.#slowCalls[slice] ?? 0) + 1;
  }

  countSuccesses(count: number, now: number): void {
    if (now >= this.#sliceEnd) this.#advance(now);
    this.#calls[this.#slice] = (this.#calls[this.#slice] ?? 0) + count;
  }

  clear(now: number): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
    this.#slowCalls.fill(0);
    this.#sliceEnd = now + this.#sliceDuration;
  }

  /** Moves to the slice of `now`, emptying those between. */
  #advance(now: number): void {
    const passed = Math.floor((now - this.#sliceEnd) / this.#sliceDuration) + 1;
    if (passed >= SLICES) {
      this.clear(now);
      return;
    }
    for (let step = 0; step < passed; step++) {
      this.#slice = (this.#slice + 1) % SLICES;
      this.#calls[this.#slice] = 0;
      this.#failures[this.#slice] = 0;
      this.#slowCalls[this.#slice] = 0;
    }
    this.#sliceEnd += passed * this.#sliceDuration;
  }
}

function sum(slices: Float64Array): number {
  let total = 0;
  for (let index = 0; index < slices.length; index++) total += slices[index] ?? 0;
  return total;
}
