import type { ArrivalHistory } from "@llmspell/tools";
import { ExponentialSmoothing, type Forecast, type Smoothing } from "./exponential-smoothing.ts";
import { SeasonFinder } from "./season.ts";

/** Fewer intervals than these say nothing. */
const FEWEST_INTERVALS = 40;
/** How quickly the level may change where there is no season: the one that would have foretold the past best is taken. */
const LEVELS = [0.05, 0.1, 0.2, 0.4] as const;
/** With a season the level is that of whole cycles, and changes slowly. */
const SEASONAL: Omit<Smoothing, "seasonLength"> = { level: 0.02, trend: 0.001, season: 0.3 };

/** What is expected of a pool's arrivals. */
export interface ArrivalForecast extends Forecast {
  /** The season it goes by, in milliseconds; 0 for none. */
  readonly season: number;
}

/** Forecasts arrivals: by their trend, or by the season that they show or that is given, whichever held better in the past. */
export class ArrivalForecaster {
  readonly #counts: Float64Array;
  readonly #smoothing: ExponentialSmoothing;
  readonly #seasons: SeasonFinder;
  readonly #season: number | undefined;
  /** What the last forecast was made of, and the forecast: callers who wait ask many times within one interval. */
  #length = 0;
  #lead = 0;
  #last: ArrivalForecast | undefined;

  /**
   * @param capacity the most intervals that a history may have
   * @param season the season's length in intervals, where it is known
   */
  constructor(capacity: number, season?: number) {
    this.#counts = new Float64Array(capacity);
    this.#smoothing = new ExponentialSmoothing(capacity);
    this.#seasons = new SeasonFinder(capacity);
    this.#season = season;
  }

  /**
   * @param lead how far ahead to look, in intervals; from 1
   * @returns `undefined` while too little is known
   */
  forecast(history: ArrivalHistory, lead: number): ArrivalForecast | undefined {
    const length = Math.min(history.length, this.#counts.length);
    if (length < FEWEST_INTERVALS) return undefined;
    const isKnown = !this.#take(history, length) && this.#lead === lead;
    if (!isKnown) {
      this.#lead = lead;
      this.#last = this.#forecast(history.interval, length, lead);
    }
    return this.#last;
  }

  /** Takes the history over; says whether it differs from what was there. */
  #take(history: ArrivalHistory, length: number): boolean {
    let differs = length !== this.#length;
    this.#length = length;
    for (let index = 0; index < length; index++) {
      const count = history.at(index - length);
      if (this.#counts[index] === count) continue;
      this.#counts[index] = count;
      differs = true;
    }
    return differs;
  }

  #forecast(interval: number, length: number, lead: number): ArrivalForecast {
    const byTrend = this.#byTrend(length, lead);
    const seasonLength = this.#season ?? this.#seasons.find(this.#counts, length);
    if (seasonLength === 0 || seasonLength + lead >= length) return { ...byTrend, season: 0 };
    const bySeason = this.#smoothing.forecast(this.#counts, length, lead, { ...SEASONAL, seasonLength });
    if (bySeason.confidence <= byTrend.confidence) return { ...byTrend, season: 0 };
    return { ...bySeason, season: seasonLength * interval };
  }

  #byTrend(length: number, lead: number): Forecast {
    let best: Forecast | undefined;
    for (const level of LEVELS) {
      const smoothing = { level, trend: level ** 2 / 4, season: 0, seasonLength: 0 };
      const forecast = this.#smoothing.forecast(this.#counts, length, lead, smoothing);
      if (best === undefined || forecast.error < best.error) best = forecast;
    }
    return best ?? { peak: 0, confidence: 0, error: Number.POSITIVE_INFINITY };
  }
}
