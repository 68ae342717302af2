import type { DurationSummary } from "@llmspell/base";

const MICROSECONDS = 1000;
/** Longer durations count as this long in the percentiles; `max` and `mean` stay exact. A little over a day and a half. */
const HIGHEST = 2 ** 37 - 1;
/** Below this many microseconds each one has a bucket of its own; above, every doubling has half as many buckets. */
const EXACT = 256;
const BUCKETS_OF_A_DOUBLING = EXACT / 2;
const BUCKET_COUNT = 32 * BUCKETS_OF_A_DOUBLING;
/** Bit operations take 32 bits; what needs more is cut by this many first. */
const CUT_BITS = 16;

/**
 * How long something takes: counted in buckets that widen with the duration, so that percentiles cost no memory per value
 * and are right to 0.8 %. Recording is a few arithmetic operations: it is called for every event.
 *
 * Algorithm: high dynamic range histogram by Gil Tene, with 128 buckets a doubling.
 */
export class LatencyHistogram {
  readonly #buckets = new Float64Array(BUCKET_COUNT);
  #count = 0;
  #sum = 0;
  #max = 0;

  /**
   * Counts one duration, in milliseconds; fractions count to the microsecond. Below zero counts as zero.
   *
   * @param times how many there were that took this long
   */
  record(milliseconds: number, times = 1): void {
    const duration = milliseconds > 0 ? milliseconds : 0;
    this.#count += times;
    this.#sum += duration * times;
    if (duration > this.#max) this.#max = duration;
    const bucket = bucketOf(Math.round(duration * MICROSECONDS));
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + times;
  }

  /** How many durations were recorded. */
  get count(): number {
    return this.#count;
  }

  /** The figures so far, in milliseconds; all zero while nothing was recorded. */
  summary(): DurationSummary {
    if (this.#count === 0) return { count: 0, mean: 0, p50: 0, p99: 0, max: 0 };
    return {
      count: this.#count,
      mean: this.#sum / this.#count,
      p50: this.#percentile(50),
      p99: this.#percentile(99),
      max: this.#max,
    };
  }

  /** A bucket answers with its upper end, which may lie above every value that came. */
  #percentile(percentage: number): number {
    const rank = Math.max(1, Math.ceil((percentage / 100) * this.#count));
    let passed = 0;
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) {
      passed += this.#buckets[bucket] ?? 0;
      if (passed >= rank) return Math.min(this.#max, upperEndOf(bucket) / MICROSECONDS);
    }
    return this.#max;
  }
}

function bucketOf(microseconds: number): number {
  if (microseconds < EXACT) return microseconds;
  if (microseconds < 2 ** 31) return wideBucketOf(microseconds, 0);
  return wideBucketOf(Math.floor(Math.min(microseconds, HIGHEST) / 2 ** CUT_BITS), CUT_BITS);
}

/** @param value at least `EXACT`, below 2³¹ */
function wideBucketOf(value: number, cutBits: number): number {
  const shift = 24 - Math.clz32(value);
  return (shift + cutBits) * BUCKETS_OF_A_DOUBLING + (value >>> shift);
}

function upperEndOf(bucket: number): number {
  if (bucket < EXACT) return bucket;
  const shift = Math.floor(bucket / BUCKETS_OF_A_DOUBLING) - 1;
  return ((bucket % BUCKETS_OF_A_DOUBLING) + BUCKETS_OF_A_DOUBLING + 1) * 2 ** shift - 1;
}
