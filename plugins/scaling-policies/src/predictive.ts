import { parseDuration } from "@llmspell/base";
import {
  OnDemandScalingPolicy,
  type ScalingDecision,
  type ScalingPolicy,
  type ScalingSnapshot,
  serversFor,
} from "@llmspell/tools";
import { type ArrivalForecast, ArrivalForecaster } from "./arrival-forecast.ts";
import { scalingErrors } from "./errors.ts";
import { type PredictiveScalingOptions, predictiveScalingOptionsDefaults } from "./generated/options.ts";

/** How often the pool asks, and how long the intervals are in which arrivals are counted; milliseconds. */
const INTERVAL = 500;
/** What a forecast can look back at: less tells nothing, more costs too much at every decision; milliseconds. */
const SHORTEST_WINDOW = 30_000;
const LONGEST_WINDOW = 1_800_000;
/** Below this a season is no season but noise, above it two do not fit the longest window; milliseconds. */
const SHORTEST_SEASON = 4000;
const LONGEST_SEASON = 900_000;
/** What must be known for a given season: two cycles, so that one can be tested against the other. */
const CYCLES = 2;
/** The share of the callers who may wait longer than `maxWait` while the forecast holds. */
const LATE_SHARE = 0.01;
/** The same where it goes by a season: the bursts that it had to learn from have used up most of what a p99 allows. */
const SEASONAL_LATE_SHARE = 0.003;
/** Who waits shows that more came than was foreseen, and while an instance is created still more come. */
const SURGE = 1.75;

/**
 * Sizes a pool for the requests that will come while an instance could be created: as many instances as serve all but a few of
 * them within `maxWait`, by the delay formula of Erlang, over the arrivals that are forecast and the time that a call takes.
 *
 * The forecast is made by exponential smoothing of the arrivals within `predictionWindow`, by their trend, or by the season where
 * they show one (their autocorrelation) or one is given. It counts only while its own past forecasts hold: where less than
 * `confidenceThreshold` of the requests came as they were foretold, the pool grows on demand alone. On demand it grows
 * in any case, and an instance that the forecast does not ask for goes when it has been idle for `idleTimeout`.
 */
export class PredictiveScalingPolicy implements ScalingPolicy {
  readonly interval = INTERVAL;
  readonly cooldown = 0;
  readonly decidesOnDemand = true;
  readonly arrivalHistory: number;
  readonly #onDemand: OnDemandScalingPolicy;
  readonly #forecaster: ArrivalForecaster;
  readonly #threshold: number;
  readonly #maxWait: number;

  /** @throws LLMSPELL_E_POOL_SCALING_WINDOW when a duration lies outside its range; LLMSPELL_E_DURATION */
  constructor(options: PredictiveScalingOptions = {}) {
    const given = { ...predictiveScalingOptionsDefaults, ...options };
    const window = duration("predictionWindow", given.predictionWindow, SHORTEST_WINDOW, LONGEST_WINDOW);
    const season =
      options.season === undefined ? undefined : duration("season", options.season, SHORTEST_SEASON, LONGEST_SEASON);
    this.arrivalHistory = Math.max(window, CYCLES * (season ?? 0));
    const intervals = Math.ceil(this.arrivalHistory / INTERVAL);
    this.#forecaster = new ArrivalForecaster(intervals, season && Math.round(season / INTERVAL));
    this.#onDemand = new OnDemandScalingPolicy({ idleTimeout: given.idleTimeout, spare: 0 });
    this.#threshold = given.confidenceThreshold;
    this.#maxWait = parseDuration(given.maxWait);
  }

  decide(snapshot: ScalingSnapshot): ScalingDecision | undefined {
    const asked = this.#surge(snapshot) ?? this.#onDemand.decide(snapshot);
    const { min, max, size, creationTime, arrivals, serviceTime } = snapshot;
    if (serviceTime === 0) return asked;
    const lead = Math.ceil((creationTime + INTERVAL) / INTERVAL);
    const forecast = this.#forecaster.forecast(arrivals, lead);
    if (forecast === undefined || forecast.confidence < this.#threshold) return asked;
    const foreseen = Math.min(max, Math.max(min, this.#sizeFor(forecast, snapshot)));
    if ((asked?.target ?? size) >= foreseen) return asked;
    return foreseen === size ? undefined : { target: foreseen, reason: reasonFor(forecast) };
  }

  /** More than those who wait: others come while an instance is created for them. */
  #surge({ waiting, warming, concurrency, size, max }: ScalingSnapshot): ScalingDecision | undefined {
    const missing = Math.ceil((waiting * SURGE) / concurrency) - warming;
    if (waiting === 0 || missing <= 0 || size >= max) return undefined;
    return { target: Math.min(max, size + missing), reason: `${waiting} waiting` };
  }

  #sizeFor({ peak, season }: ArrivalForecast, snapshot: ScalingSnapshot): number {
    const { concurrency, max } = snapshot;
    // Calls that have become slower are seen at once, calls that have become quicker when they are it for long.
    const serviceTime = Math.max(snapshot.serviceTime, snapshot.longTermServiceTime);
    const load = (peak / INTERVAL) * serviceTime;
    const limit = max * concurrency;
    const lateShare = season > 0 ? SEASONAL_LATE_SHARE : LATE_SHARE;
    const servers = serversFor({ load, serviceTime, maxWait: this.#maxWait, lateShare, limit });
    return Math.ceil(servers / concurrency);
  }
}

function reasonFor({ peak, season, confidence }: ArrivalForecast): string {
  const rate = ((peak * 1000) / INTERVAL).toFixed(1);
  const basis = season > 0 ? `by a season of ${season / 1000} s` : "by the trend";
  return `${rate}/s foreseen ${basis}, ${Math.round(confidence * 100)} % sure`;
}

function duration(option: string, given: string | number, shortest: number, longest: number): number {
  const milliseconds = parseDuration(given);
  if (milliseconds >= shortest && milliseconds <= longest) return milliseconds;
  throw scalingErrors.LLMSPELL_E_POOL_SCALING_WINDOW({ option, given, shortest, longest });
}
