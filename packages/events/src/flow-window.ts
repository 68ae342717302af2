/** How many readings lie in the window: one second of ten. */
const READINGS = 10;

/** What happened in a channel of late, by the counters that it keeps anyway: figures of the last second, read ten times in it. */
export class FlowWindow {
  readonly #times: number[] = [];
  readonly #offered: number[] = [];
  readonly #finished: number[] = [];
  readonly #busy: number[] = [];
  #next = 0;

  /**
   * Takes a new reading.
   *
   * @param time milliseconds
   * @param offered how many events asked to come in so far
   * @param finished how many the subscribers were done with so far
   */
  read(time: number, offered: number, finished: number, isBusy: boolean): void {
    const at = this.#next % (READINGS + 1);
    this.#times[at] = time;
    this.#offered[at] = offered;
    this.#finished[at] = finished;
    this.#busy[at] = Number(isBusy);
    this.#next++;
  }

  /** Events a second that asked to come in. */
  get demand(): number {
    return this.#perSecond(this.#offered);
  }

  /** Events a second that the subscribers were done with. */
  get throughput(): number {
    return this.#perSecond(this.#finished);
  }

  /** The share of readings at which the subscribers had no room. */
  get busy(): number {
    return this.#busy.reduce((sum, busy) => sum + busy, 0) / Math.max(1, this.#busy.length);
  }

  #perSecond(counts: readonly number[]): number {
    const newest = (this.#next - 1) % (READINGS + 1);
    const oldest = this.#next > READINGS ? this.#next % (READINGS + 1) : 0;
    const elapsed = at(this.#times, newest) - at(this.#times, oldest);
    return elapsed <= 0 ? 0 : ((at(counts, newest) - at(counts, oldest)) * 1000) / elapsed;
  }
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] ?? 0;
}
