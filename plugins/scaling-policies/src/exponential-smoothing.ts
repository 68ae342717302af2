/** Half the width of a prediction interval, in standard deviations: about 95 % of what is foreseen rightly lies within. */
const INTERVAL_DEVIATIONS = 2;

/** How quickly a model forgets; each from 0 (never) to 1 (only the last point counts). */
export interface Smoothing {
  readonly level: number;
  readonly trend: number;
  readonly season: number;
  /** The length of the season, in points; 0 for none. */
  readonly seasonLength: number;
}

/** What a model says of a series, and how well it would have foretold what is known of it. */
export interface Forecast {
  /** The highest value within the lead, at the upper end of what the model is sure of; from 0. */
  readonly peak: number;
  /** The share of the past, 0 to 1, weighted by size, that lay within the prediction interval of the forecast made of it. */
  readonly confidence: number;
  /** The mean of the squared errors of those forecasts. */
  readonly error: number;
}

/**
 * Double exponential smoothing (a level and a trend), and triple (also a season, which is added), of counts of independent
 * arrivals, which vary as Poisson's do: by the square root of their number.
 *
 * It goes through the series once and forecasts at each point, as it would have then, the point that lies the lead ahead; so
 * that its confidence is what it would have been worth, not how well a curve could be drawn afterwards.
 *
 * Source: C. C. Holt, "Forecasting Seasonals and Trends by Exponentially Weighted Moving Averages", ONR Memorandum 52 (1957);
 * P. R. Winters, "Forecasting Sales by Exponentially Weighted Moving Averages", Management Science 6 (1960).
 */
export class ExponentialSmoothing {
  readonly #seasonal: Float64Array;
  /** What was forecast of each point when its time had not come. */
  readonly #forecasts: Float64Array;
  #level = 0;
  #trend = 0;

  /** @param capacity the most points a series may have */
  constructor(capacity: number) {
    this.#seasonal = new Float64Array(capacity);
    this.#forecasts = new Float64Array(capacity);
  }

  /**
   * @param series its first `length` points count, oldest first
   * @param lead how far ahead to look, in points; from 1
   */
  forecast(series: Float64Array, length: number, lead: number, smoothing: Smoothing): Forecast {
    const { seasonLength } = smoothing;
    const first = this.#begin(series, length, seasonLength);
    const forecasts = this.#forecasts;
    const trial = new Trial();
    const variance: VarianceShares = {
      level: smoothing.level / (2 - smoothing.level),
      // Each point of the season has been seen once so far; with each cycle what is known of it becomes surer.
      season: seasonLength > 0 ? 1 : 0,
    };
    for (let index = first; index < length; index++) {
      const value = series[index] ?? 0;
      // Asked first whether there is a season: a remainder by 0 is NaN, which would take twice as long as all the rest.
      if (seasonLength > 0 && index > first && index % seasonLength === 0) {
        variance.season = smoothing.season ** 2 + (1 - smoothing.season) ** 2 * variance.season;
      }
      if (index >= first + lead) trial.add(value, Math.max(0, forecasts[index] ?? 0), variance, this.#level);
      this.#take(value, index, smoothing);
      const ahead = index + lead;
      if (ahead < length) forecasts[ahead] = this.#at(ahead, lead, seasonLength);
    }
    const { confidence, error } = trial;
    return { peak: this.#peak(length, lead, seasonLength, variance), confidence, error };
  }

  /** Begins with the mean of the first season and what each of its points differs by; gives where the rest begins. */
  #begin(series: Float64Array, length: number, seasonLength: number): number {
    const known = seasonLength > 0 ? seasonLength : Math.min(length, 10);
    let sum = 0;
    for (let index = 0; index < known; index++) sum += series[index] ?? 0;
    this.#level = known > 0 ? sum / known : 0;
    this.#trend = 0;
    for (let index = 0; index < seasonLength; index++) this.#seasonal[index] = (series[index] ?? 0) - this.#level;
    return seasonLength;
  }

  #take(value: number, index: number, { level, trend, season, seasonLength }: Smoothing): void {
    const before = this.#level;
    const phase = seasonLength > 0 ? index % seasonLength : 0;
    const seasonal = seasonLength > 0 ? (this.#seasonal[phase] ?? 0) : 0;
    this.#level = level * (value - seasonal) + (1 - level) * (before + this.#trend);
    this.#trend = trend * (this.#level - before) + (1 - trend) * this.#trend;
    if (seasonLength > 0) this.#seasonal[phase] = season * (value - this.#level) + (1 - season) * seasonal;
  }

  #at(index: number, ahead: number, seasonLength: number): number {
    const seasonal = seasonLength > 0 ? (this.#seasonal[index % seasonLength] ?? 0) : 0;
    return this.#level + this.#trend * ahead + seasonal;
  }

  #peak(length: number, lead: number, seasonLength: number, variance: VarianceShares): number {
    let peak = 0;
    for (let ahead = 1; ahead <= lead; ahead++) {
      const expected = Math.max(0, this.#at(length - 1 + ahead, ahead, seasonLength));
      peak = Math.max(peak, expected + Math.sqrt(estimateVariance(expected, variance, this.#level)));
    }
    return peak;
  }
}

/** The variance of a model's parts, over that of a single value. */
interface VarianceShares {
  readonly level: number;
  season: number;
}

/** How much what is expected would differ from what it should be, because it was learned from values that vary. */
function estimateVariance(expected: number, { level, season }: VarianceShares, mean: number): number {
  return expected * season + Math.max(0, mean) * level;
}

/** What came of the forecasts of the past. */
class Trial {
  #count = 0;
  #squares = 0;
  #weights = 0;
  #held = 0;

  add(value: number, expected: number, variance: VarianceShares, mean: number): void {
    const squaredError = (value - expected) ** 2;
    const ownVariance = Math.max(1, expected);
    const weight = Math.max(value, expected);
    this.#count++;
    this.#squares += squaredError;
    this.#weights += weight;
    if (squaredError <= INTERVAL_DEVIATIONS ** 2 * (ownVariance + estimateVariance(ownVariance, variance, mean))) {
      this.#held += weight;
    }
  }

  get confidence(): number {
    return this.#weights > 0 ? this.#held / this.#weights : 0;
  }

  get error(): number {
    return this.#count > 0 ? this.#squares / this.#count : Number.POSITIVE_INFINITY;
  }
}
