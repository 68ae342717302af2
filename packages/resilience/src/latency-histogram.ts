import { createHistogram } from "node:perf_hooks";
import type { DurationSummary } from "@llmspell/base";

const MICROSECONDS = 1000;
/** Longer durations count as this long in the percentiles; `max` and `mean` stay exact. One day, in microseconds. */
const HIGHEST = 86_400_000 * MICROSECONDS;
/** Percentiles are right to two significant digits (1 %), which keeps a histogram at about 30 KB. */
const FIGURES = 2;

/**
 * How long something takes: counted in a high dynamic range histogram, so that percentiles cost no memory per value.
 *
 * Algorithm: HdrHistogram by Gil Tene, as built into Node.
 */
export class LatencyHistogram {
  readonly #histogram = createHistogram({ lowest: 1, highest: HIGHEST, figures: FIGURES });
  #count = 0;
  #sum = 0;
  #max = 0;

  /** Counts one duration, in milliseconds; fractions count to the microsecond. Below zero counts as zero. */
  record(milliseconds: number): void {
    const duration = milliseconds > 0 ? milliseconds : 0;
    this.#count++;
    this.#sum += duration;
    if (duration > this.#max) this.#max = duration;
    this.#histogram.record(Math.min(HIGHEST, Math.max(1, Math.round(duration * MICROSECONDS))));
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

  /** The histogram answers with the upper end of a bucket, which may lie above every value that came. */
  #percentile(percentage: number): number {
    return Math.min(this.#max, this.#histogram.percentile(percentage) / MICROSECONDS);
  }
}
