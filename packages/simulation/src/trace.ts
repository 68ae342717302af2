import { simulationErrors } from "./errors.ts";

/** One call: when it came, from the start of the trace, and how long it ran once it had an instance; milliseconds. */
export interface TracedCall {
  readonly at: number;
  readonly duration: number;
}

/** What a trace is built from at first; it grows as it must. */
const FIRST_CAPACITY = 1024;
/** At 16 bytes a call, what a trace may take: 80 MB. */
const MOST_CALLS = 5_000_000;

/** Calls in the order in which they came, as two columns of numbers: millions of them fit into memory. */
export class Trace {
  /** When each call came, in milliseconds from the start; ascending. */
  readonly at: Float64Array;
  /** How long each ran, in milliseconds. */
  readonly durations: Float64Array;
  /** What the calls would keep busy, all together, in milliseconds. */
  readonly busyTime: number;

  /** @param calls in any order */
  constructor(calls: TraceColumns) {
    const order = calls.isAscending ? undefined : calls.order();
    this.at = calls.column("at", order);
    this.durations = calls.column("durations", order);
    this.busyTime = this.durations.reduce((sum, duration) => sum + duration, 0);
  }

  /** How many calls there are. */
  get length(): number {
    return this.at.length;
  }

  /** When the last call came, in milliseconds from the start. */
  get span(): number {
    return this.at.at(-1) ?? 0;
  }

  /** How long a call ran, mean, in milliseconds. */
  get meanDuration(): number {
    return this.length === 0 ? 0 : this.busyTime / this.length;
  }
}

/** The calls of a trace while it is put together. */
export class TraceColumns {
  #at = new Float64Array(FIRST_CAPACITY);
  #durations = new Float64Array(FIRST_CAPACITY);
  #length = 0;
  #isAscending = true;

  get length(): number {
    return this.#length;
  }

  get isAscending(): boolean {
    return this.#isAscending;
  }

  /** @throws LLMSPELL_E_TRACE_LENGTH */
  add({ at, duration }: TracedCall): void {
    if (this.#length >= MOST_CALLS) throw simulationErrors.LLMSPELL_E_TRACE_LENGTH({ most: MOST_CALLS });
    if (this.#length === this.#at.length) this.#grow();
    if (this.#length > 0 && at < (this.#at[this.#length - 1] ?? 0)) this.#isAscending = false;
    this.#at[this.#length] = at;
    this.#durations[this.#length] = duration;
    this.#length++;
  }

  /** The places of the calls in the order in which they came. */
  order(): Uint32Array {
    const at = this.#at;
    return Uint32Array.from({ length: this.#length }, (_, index) => index).sort((a, b) => (at[a] ?? 0) - (at[b] ?? 0));
  }

  column(name: "at" | "durations", order: Uint32Array | undefined): Float64Array {
    const values = name === "at" ? this.#at : this.#durations;
    if (order === undefined) return values.slice(0, this.#length);
    return Float64Array.from(order, (index) => values[index] ?? 0);
  }

  #grow(): void {
    this.#at = doubled(this.#at);
    this.#durations = doubled(this.#durations);
  }
}

function doubled(values: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * values.length);
  larger.set(values);
  return larger;
}
