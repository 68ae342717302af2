import {
  type Clock,
  type Log,
  messageOf,
  parseDuration,
  type Reading,
  silentLog,
  systemClock,
  type Timer,
} from "@llmspell/base";
import { monitorErrors } from "./errors.ts";
import { type MonitorSection, monitorSectionDefaults } from "./generated/options.ts";
import { NO_RATES, type Rates, ratesBetween } from "./rates.ts";
import { type Sample, SampleHistory } from "./sample-history.ts";

export interface PerformanceMonitorDependencies {
  /** Reads the figures of every part as of now; called once a sample. */
  readonly collect: () => readonly Reading[];
  readonly clock?: Clock;
  readonly log?: Log;
}

/** A part's figures now, and how fast its counters grow. */
export interface MonitoredPart {
  readonly reading: Reading;
  /** Over the last second; over the time since the first sample while that is shorter. */
  readonly rates: Rates;
}

export interface MonitorSnapshot {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly parts: readonly MonitoredPart[];
  /** How many samples could not be taken because a part failed to give its figures. */
  readonly missedSamples: number;
}

/** Shorter intervals would cost more than they show. */
const LEAST_INTERVAL = 10;
/** Rates are taken over this long, so that a single slow moment does not make them jump; milliseconds. */
const RATE_WINDOW = 1000;

/**
 * Reads the counters of every part at an interval, keeps the last samples, and derives rates from them. It only reads:
 * no part does any work for it between two samples.
 *
 * @example
 * await using monitor = new PerformanceMonitor({ interval: "100ms" }, { collect: () => bus.readings() });
 * monitor.start();
 * monitor.snapshot().parts[0]?.rates.in; // events a second
 */
export class PerformanceMonitor implements AsyncDisposable {
  readonly #interval: number;
  readonly #capacity: number;
  readonly #collect: () => readonly Reading[];
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #histories = new Map<string, SampleHistory>();
  #timer: Timer | undefined;
  #missedSamples = 0;
  #isFailing = false;

  /** @throws LLMSPELL_E_DURATION, LLMSPELL_E_MONITOR_INTERVAL, LLMSPELL_E_MONITOR_HISTORY */
  constructor(options: MonitorSection | undefined, dependencies: PerformanceMonitorDependencies) {
    this.#interval = parseDuration(options?.interval ?? monitorSectionDefaults.interval);
    if (this.#interval < LEAST_INTERVAL) {
      throw monitorErrors.LLMSPELL_E_MONITOR_INTERVAL({ interval: this.#interval, least: LEAST_INTERVAL });
    }
    this.#capacity = options?.history ?? monitorSectionDefaults.history;
    if (!Number.isInteger(this.#capacity) || this.#capacity < 2) {
      throw monitorErrors.LLMSPELL_E_MONITOR_HISTORY({ history: this.#capacity });
    }
    this.#collect = dependencies.collect;
    this.#clock = dependencies.clock ?? systemClock;
    this.#log = dependencies.log ?? silentLog;
  }

  /** Takes a sample now and one at every interval; does nothing when it is running. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#sample();
    this.#timer = this.#clock.setInterval(() => this.#sample(), this.#interval).unref();
  }

  /** Takes no more samples; what was sampled can still be read. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /**
   * Every part's figures as of now, with their rates. A part that was not sampled yet has rates of zero.
   *
   * @throws what a part throws that fails to give its figures
   */
  snapshot(): MonitorSnapshot {
    const at = this.#clock.now();
    const parts = this.#collect().map((reading) => ({ reading, rates: this.#ratesOf({ at, reading }) }));
    return { at, parts, missedSamples: this.#missedSamples };
  }

  /** The samples of one part, oldest first; empty when there is none of that name. */
  history(part: string, name: string): readonly Sample[] {
    return this.#histories.get(keyOf(part, name))?.list() ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
  }

  #sample(): void {
    const at = this.#clock.now();
    for (const reading of this.#readingsOrNone()) {
      const key = keyOf(reading.part, reading.name);
      let history = this.#histories.get(key);
      if (history === undefined) {
        history = new SampleHistory(this.#capacity);
        this.#histories.set(key, history);
      }
      history.add({ at, reading });
    }
  }

  /** A part that fails to give its figures must not end the run from inside a timer; it is said once a streak. */
  #readingsOrNone(): readonly Reading[] {
    try {
      const readings = this.#collect();
      this.#isFailing = false;
      return readings;
    } catch (error) {
      this.#missedSamples++;
      if (!this.#isFailing) this.#log.error(`The monitor could not read the figures: ${messageOf(error)}`);
      this.#isFailing = true;
      return [];
    }
  }

  #ratesOf(now: Sample): Rates {
    const earlier = this.#histories.get(keyOf(now.reading.part, now.reading.name))?.atOrBefore(now.at - RATE_WINDOW);
    return earlier === undefined ? NO_RATES : ratesBetween(earlier, now);
  }
}

/** A part's sort has no line break in it, so no two parts share a key. */
function keyOf(part: string, name: string): string {
  return `${part}\n${name}`;
}
