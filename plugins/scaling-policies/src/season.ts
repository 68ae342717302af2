import { LaggedCorrelation } from "./lagged-correlation.ts";

/** A season is looked for with at most this many points: what the rest would add in accuracy is found in a second look. */
const COARSE_POINTS = 200;
/** A season is this long at least, in points: anything shorter is taken in by the mean. */
const SHORTEST = 8;
/** So many times must a season have been seen: of two bursts any distance could be the period; a third one proves it. */
const CYCLES = 1.9;
/** The correlation from which a repetition is one. */
const CORRELATED = 0.5;
/** Of multiples of a season, which correlate as well, the shortest counts, although noise may make it the weaker. */
const AS_GOOD = 0.9;

/**
 * The length of the season that the last `length` points of a series show, in points; 0 when they show none.
 *
 * The lag at which the series correlates with itself (Pearson's correlation of its two overlapping parts, so that neither a
 * level nor a change of it counts), beyond the lag at which it first does not: every smooth series resembles itself a moment ago.
 * Looked for in sums of several points, then found exactly among the points around. O(n) for a given number of coarse points.
 */
export class SeasonFinder {
  readonly #coarse: LaggedCorrelation;
  readonly #fine: LaggedCorrelation;

  /** @param capacity the most points a series may have */
  constructor(capacity: number) {
    this.#coarse = new LaggedCorrelation(Math.min(capacity, COARSE_POINTS));
    this.#fine = new LaggedCorrelation(capacity);
  }

  find(series: Float64Array, length: number): number {
    const width = Math.ceil(length / COARSE_POINTS);
    const points = Math.floor(length / width);
    this.#coarse.load(series, { from: length - points * width, points, width });
    const lag = this.#repetition(Math.floor(points / CYCLES), Math.ceil(SHORTEST / width));
    if (lag === 0 || width === 1) return lag;
    this.#fine.load(series, { from: 0, points: length, width: 1 });
    const longest = Math.min((lag + 1) * width, Math.floor(length / CYCLES));
    return this.#fine.best((lag - 1) * width, longest);
  }

  /** The shortest lag that is as good as the best one. */
  #repetition(longest: number, shortest: number): number {
    const start = this.#coarse.firstUnlike(longest);
    const best = this.#coarse.best(Math.max(start, shortest), longest);
    if (best === 0 || this.#coarse.at(best) < CORRELATED) return 0;
    const needed = Math.max(CORRELATED, AS_GOOD * this.#coarse.at(best));
    for (let lag = Math.max(start, shortest); lag < best; lag++) {
      if (this.#coarse.at(lag) < needed) continue;
      return this.#coarse.best(lag, Math.min(best, Math.ceil(lag * 1.2)));
    }
    return best;
  }
}
