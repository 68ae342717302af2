import type { Clock, Random } from "@llmspell/base";
import type { Deadline, DeadlineTimer } from "./deadline-timer.ts";
import type { InstanceSet } from "./instance-set.ts";
import type { LoadMeter } from "./load-meter.ts";
import type { PoolScaler } from "./pool-scaler.ts";
import type { ScalingAction, ScalingSnapshot } from "./scaling-policy.ts";

/** After a failed creation: how long until the next, doubled with each failure; milliseconds. */
const FIRST_BACKOFF = 100;
const LONGEST_BACKOFF = 30_000;

export interface PoolSizingOptions {
  readonly min: number;
  readonly max: number;
  readonly concurrency: number;
  /** Milliseconds. */
  readonly idleTimeout: number;
  /** Without one the pool grows for each caller that finds no instance free. */
  readonly scaler: PoolScaler | undefined;
  readonly instances: InstanceSet;
  readonly meter: LoadMeter;
  readonly clock: Clock;
  readonly random: Random;
  readonly deadlines: DeadlineTimer;
  /** Callers that wait now. */
  waiting(): number;
  /** Mean run time of a call of late, milliseconds. */
  serviceTime(): number;
}

/** Decides how many instances a pool has: its minimum, its callers, its scaling policy, and patience where creation fails. */
export class PoolSizing {
  readonly #options: PoolSizingOptions;
  /** What the pool keeps alive whether it is needed or not. */
  #target = 0;
  #failures = 0;
  #retryAt = 0;
  #retry: Deadline | undefined;
  #isStopped = false;

  constructor(options: PoolSizingOptions) {
    this.#options = options;
  }

  get history(): readonly ScalingAction[] {
    return this.#options.scaler?.history ?? [];
  }

  /** From now on the minimum is kept. */
  keepMinimum(): void {
    this.#target = Math.max(this.#target, this.#options.min);
    this.replenish();
  }

  /**
   * Creates the instances that are missing.
   *
   * @param refused callers that did not even get to wait
   */
  replenish(refused = 0): void {
    if (this.#isStopped) return;
    const { instances, max, clock } = this.#options;
    let missing = Math.min(this.#wanted(refused) - instances.live, max - instances.total);
    if (missing <= 0) return;
    if (clock.now() < this.#retryAt) {
      this.#retryLater();
      return;
    }
    for (; missing > 0; missing--) instances.add();
  }

  /** What is done every second: goes by the scaling policy, lets go what is idle, and replaces what is unfit. */
  upkeep(now: number): void {
    const { instances, scaler, min, idleTimeout } = this.#options;
    instances.retireUnfit(now);
    const measured = this.#options.meter.take(now);
    const target = scaler?.decide(this.#snapshot(now, measured));
    if (target !== undefined) this.#scaleTo(target);
    const gone = instances.retireIdle(now - idleTimeout, instances.live - min);
    this.#target = Math.min(this.#target, Math.max(min, this.#target - gone));
    this.replenish();
  }

  creationSucceeded(): void {
    this.#failures = 0;
  }

  creationFailed(): void {
    const { clock, random } = this.#options;
    const backoff = Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** this.#failures);
    this.#failures++;
    this.#retryAt = clock.now() + backoff * (0.5 + 0.5 * random());
    this.replenish();
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#retry !== undefined) this.#options.deadlines.remove(this.#retry);
  }

  #wanted(refused: number): number {
    const { instances, concurrency, max, scaler } = this.#options;
    const demand = this.#options.waiting() + refused;
    if (demand === 0) return this.#target;
    if (scaler !== undefined) return Math.max(this.#target, 1);
    const coming = (instances.count("cold") + instances.count("warming")) * concurrency;
    const missing = Math.max(0, Math.ceil((demand - coming) / concurrency));
    return Math.min(max, Math.max(this.#target, instances.live + missing));
  }

  #scaleTo(target: number): void {
    this.#target = target;
    const surplus = this.#options.instances.live - target;
    if (surplus > 0) this.#options.instances.retireSurplus(surplus);
  }

  #retryLater(): void {
    this.#retry ??= this.#options.deadlines.add(this.#retryAt, () => {
      this.#retry = undefined;
      this.replenish();
    });
  }

  #snapshot(now: number, measured: { readonly load: number; readonly arrivalRate: number }): ScalingSnapshot {
    const { instances, min, max, concurrency } = this.#options;
    const waiting = this.#options.waiting();
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
      load: measured.load,
      utilization: capacity === 0 ? withoutCapacity : Math.min(1, measured.load / capacity),
      arrivalRate: measured.arrivalRate,
      serviceTime: this.#options.serviceTime(),
    };
  }
}
