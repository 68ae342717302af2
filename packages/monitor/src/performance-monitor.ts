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
import type { Use } from "@llmspell/kernel";
import type { Alert } from "./alert.ts";
import { type AlertStatus, AlertWatch } from "./alert-watch.ts";
import { monitorErrors } from "./errors.ts";
import { type MonitorSection, monitorSectionDefaults } from "./generated/options.ts";
import { LogAlert } from "./log-alert.ts";
import type { MonitoredPart } from "./monitored-part.ts";
import { NO_RATES, ratesBetween } from "./rates.ts";
import { type Sample, SampleHistory } from "./sample-history.ts";

export interface PerformanceMonitorDependencies {
  /** Reads the figures of every part as of now; called once a sample. */
  readonly collect: () => readonly Reading[];
  readonly clock?: Clock;
  readonly log?: Log;
  /** Creates what an alert notifies; without it, only `log` is known. */
  readonly createAlert?: (use: Use, owner: string) => Alert;
}

export interface MonitorSnapshot {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly parts: readonly MonitoredPart[];
  /** How many samples could not be taken because a part failed to give its figures. */
  readonly missedSamples: number;
  readonly alerts: readonly AlertStatus[];
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
  readonly #alerts: AlertWatch;
  readonly #histories = new Map<string, SampleHistory>();
  #timer: Timer | undefined;
  #missedSamples = 0;
  #isFailing = false;

  /**
   * @throws LLMSPELL_E_DURATION, LLMSPELL_E_MONITOR_INTERVAL, LLMSPELL_E_MONITOR_HISTORY, LLMSPELL_E_EXPRESSION,
   * LLMSPELL_E_MONITOR_ALERT
   */
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
    const create = dependencies.createAlert ?? ((use, owner) => this.#createLogAlert(use, owner));
    this.#alerts = new AlertWatch(options?.alerts ?? [], create, { clock: this.#clock, log: this.#log });
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
    const parts = this.#collect().map((reading) => this.#withRates(reading, at));
    return { at, parts, missedSamples: this.#missedSamples, alerts: this.#alerts.status() };
  }

  /** The samples of one part, oldest first; empty when there is none of that name. */
  history(part: string, name: string): readonly Sample[] {
    return this.#histories.get(keyOf(part, name))?.list() ?? [];
  }

  /** Stops, and waits for the notices of alerts that are under way; they are told to give up. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.#alerts[Symbol.asyncDispose]();
  }

  #sample(): void {
    const at = this.#clock.now();
    const readings = this.#readingsOrNone();
    if (readings === undefined) return;
    for (const reading of readings) {
      const key = keyOf(reading.part, reading.name);
      let history = this.#histories.get(key);
      if (history === undefined) {
        history = new SampleHistory(this.#capacity);
        this.#histories.set(key, history);
      }
      history.add({ at, reading });
    }
    if (this.#alerts.isIdle) return;
    const parts = readings.map((reading) => this.#withRates(reading, at));
    this.#alerts.update(parts, at);
  }

  /** A part that fails to give its figures must not end the run from inside a timer; it is said once a streak. */
  #readingsOrNone(): readonly Reading[] | undefined {
    try {
      const readings = this.#collect();
      this.#isFailing = false;
      return readings;
    } catch (error) {
      this.#missedSamples++;
      if (!this.#isFailing) this.#log.error(`The monitor could not read the figures: ${messageOf(error)}`);
      this.#isFailing = true;
      return undefined;
    }
  }

  #withRates(reading: Reading, at: number): MonitoredPart {
    const earlier = this.#histories.get(keyOf(reading.part, reading.name))?.atOrBefore(at - RATE_WINDOW);
    const rates = earlier === undefined ? NO_RATES : ratesBetween(earlier, { at, reading });
    return { reading, rates };
  }

  #createLogAlert(use: Use, owner: string): Alert {
    if (use === "log") return new LogAlert(this.#log);
    throw monitorErrors.LLMSPELL_E_MONITOR_ALERT({ use: typeof use === "string" ? use : use.use, owner });
  }
}

/** A part's sort has no line break in it, so no two parts share a key. */
function keyOf(part: string, name: string): string {
  return `${part}\n${name}`;
}
