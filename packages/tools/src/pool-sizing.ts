import { type Clock, type Log, messageOf, type Random, type Timer } from "@llmspell/base";
import { Ewma, RetryPolicy, type RetrySettings } from "@llmspell/resilience";
import { ArrivalLog } from "./arrival-log.ts";
import type { Deadline, DeadlineTimer } from "./deadline-timer.ts";
import type { InstanceSet } from "./instance-set.ts";
import type { LoadMeter, LoadWindow } from "./load-meter.ts";
import type { PoolScaler } from "./pool-scaler.ts";
import type { ScalingAction, ScalingSnapshot } from "./scaling-policy.ts";

/** After a failed creation: how long until the next, longer with each failure. */
const BACKOFF: RetrySettings = { attempts: Number.POSITIVE_INFINITY, backoff: "100ms", maxBackoff: "30s" };
/** After this long, in milliseconds, a creation counts half in the mean creation time that scaling sees. */
const CREATION_TIME_HALF_LIFE = 60_000;

export interface PoolSizingOptions {
  readonly pool: string;
  readonly min: number;
  readonly max: number;
  readonly concurrency: number;
  /** Milliseconds. */
  readonly idleTimeout: number;
  readonly scaler: PoolScaler;
  readonly instances: InstanceSet;
  readonly meter: LoadMeter;
  readonly clock: Clock;
  readonly random: Random;
  readonly deadlines: DeadlineTimer;
  readonly log: Log;
  /** Callers that wait now. */
  waiting(): number;
  /** How long a call runs, in milliseconds: mean of late, and in the long run. */
  serviceTimes(): { readonly ofLate: number; readonly longTerm: number };
  /** Whether memory is left for more instances than the minimum. */
  mayGrow(): boolean;
}

/** Decides how many instances a pool has: its minimum, its scaling policy, its memory, and patience where creation fails. */
export class PoolSizing {
  readonly #options: PoolSizingOptions;
  readonly #arrivals: ArrivalLog;
  readonly #patience: RetryPolicy;
  readonly #creationTime = new Ewma({ halfLife: CREATION_TIME_HALF_LIFE });
  /** What the pool keeps alive until it is decided anew. */
  #target = 0;
  #failures = 0;
  #retryAt = 0;
  #retry: Deadline | undefined;
  #ticks: Timer | undefined;
  #isStopped = false;

  constructor(options: PoolSizingOptions) {
    const { interval, arrivalHistory } = options.scaler;
    this.#options = options;
    this.#patience = new RetryPolicy(BACKOFF, options.random);
    this.#arrivals = new ArrivalLog(interval, arrivalHistory);
  }

  get history(): readonly ScalingAction[] {
    return this.#options.scaler.history;
  }

  /** From now on the minimum is kept, and the policy asked. */
  start(): void {
    const { clock, min, scaler } = this.#options;
    this.#target = Math.max(this.#target, min);
    this.#ticks ??= clock.setInterval(() => this.#tick(), scaler.interval).unref();
    this.#replenish();
  }

  /**
   * Somebody finds no instance free.
   *
   * @param refused callers that did not even get to wait
   */
  demand(refused: number): void {
    const { instances, scaler, clock, max, waiting } = this.#options;
    const callers = waiting() + refused;
    if (this.#isStopped || callers === 0 || instances.live >= max) return;
    // Whatever the policy says and when: with no instance at all nobody would ever be served.
    if (instances.live === 0) this.#target = Math.max(this.#target, 1);
    if (scaler.decidesOnDemand) this.#decide(clock.now(), this.#options.meter.read(clock.now()), callers);
    this.#replenish();
  }

  /** An instance has gone, or is going: there may be room or need for another. */
  retired(): void {
    this.#replenish();
    this.demand(0);
  }

  /** What is done every second: replaces what is unfit, and lets go what is idle. */
  upkeep(now: number): void {
    const { instances, min, idleTimeout } = this.#options;
    instances.retireUnfit(now);
    const gone = instances.retireIdle(now - idleTimeout, instances.live - min);
    this.#target = Math.min(this.#target, Math.max(min, this.#target - gone));
    this.#replenish();
  }

  /** Lets go the instance that is idle longest, above the minimum; gives the bytes it held, 0 when there is none. */
  evictIdle(): number {
    const { instances, min } = this.#options;
    if (instances.live <= min) return 0;
    const freed = instances.evictIdle();
    if (freed > 0) this.#target = Math.max(min, this.#target - 1);
    return freed;
  }

  /** @param duration how long it took until it was warm, in milliseconds */
  creationSucceeded(duration: number): void {
    this.#failures = 0;
    this.#creationTime.add(duration, this.#options.clock.now());
    // Fewer may be wanted since it was begun.
    this.#shrink();
  }

  creationFailed(): void {
    const { clock, scaler, min, instances } = this.#options;
    this.#failures++;
    this.#retryAt = clock.now() + this.#patience.delayAfter(this.#failures);
    // What callers asked for is forgotten with them; those who still wait ask again when the pause is over.
    if (scaler.decidesOnDemand) this.#target = Math.min(this.#target, Math.max(min, instances.live));
    this.#retryLater();
  }

  stop(): void {
    this.#isStopped = true;
    this.#ticks?.cancel();
    if (this.#retry !== undefined) this.#options.deadlines.remove(this.#retry);
  }

  #tick(): void {
    const { clock, meter } = this.#options;
    const now = clock.now();
    const window = meter.take(now);
    this.#arrivals.add(window.arrivals, window.length);
    this.#decide(now, window, this.#options.waiting());
    this.#replenish();
  }

  #decide(now: number, window: LoadWindow, callers: number): void {
    const { scaler, log, pool } = this.#options;
    let target: number | undefined;
    try {
      target = scaler.decide(this.#snapshot(now, window, callers));
    } catch (error) {
      // A policy is a plugin's, and neither a timer nor a caller who waits can do anything about it.
      log.error("A scaling policy failed.", { pool, problem: messageOf(error) });
    }
    if (target === undefined) return;
    this.#target = target;
    this.#shrink();
  }

  /** Lets go what is more than wanted, of those that serve: what is still being created cannot stand in for them. */
  #shrink(): void {
    const { instances } = this.#options;
    const surplus = instances.count("ready") + instances.count("busy") - this.#target;
    if (surplus > 0) instances.retireSurplus(surplus);
  }

  /** Creates the instances that are missing. */
  #replenish(): void {
    if (this.#isStopped) return;
    const { instances, min, max, clock } = this.#options;
    const target = this.#options.mayGrow() ? this.#target : Math.min(this.#target, Math.max(min, instances.live));
    let missing = Math.min(target - instances.live, max - instances.total);
    if (missing <= 0) return;
    if (clock.now() < this.#retryAt) {
      this.#retryLater();
      return;
    }
    for (; missing > 0; missing--) instances.add();
  }

  #retryLater(): void {
    this.#retry ??= this.#options.deadlines.add(this.#retryAt, () => {
      this.#retry = undefined;
      this.demand(0);
      this.#replenish();
    });
  }

  #snapshot(now: number, window: LoadWindow, waiting: number): ScalingSnapshot {
    const { instances, min, max, concurrency } = this.#options;
    const { ofLate, longTerm } = this.#options.serviceTimes();
    const ready = instances.count("ready");
    const busy = instances.count("busy");
    const capacity = (ready + busy) * concurrency;
    const withoutCapacity = waiting > 0 ? 1 : 0;
    return {
      now,
      size: instances.live,
      min,
      max,
      ready,
      busy,
      warming: instances.count("cold") + instances.count("warming"),
      concurrency,
      waiting,
      load: window.load,
      utilization: capacity === 0 ? withoutCapacity : Math.min(1, window.load / capacity),
      arrivalRate: window.length > 0 ? (window.arrivals * 1000) / window.length : 0,
      serviceTime: ofLate,
      longTermServiceTime: longTerm,
      creationTime: this.#creationTime.value ?? 0,
      idleTimes: instances.idleTimes(now),
      arrivals: this.#arrivals,
    };
  }
}
