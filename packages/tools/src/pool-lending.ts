import { type Clock, type Log, messageOf, type Random } from "@llmspell/base";
import type { BreakerPermit, LoadBalancer } from "@llmspell/resilience";
import type { DeadlineTimer } from "./deadline-timer.ts";
import type { InstanceSet } from "./instance-set.ts";
import { type Lender, PoolLease } from "./lease.ts";
import type { LeaseBook } from "./lease-book.ts";
import { LeaseSampling } from "./lease-sampling.ts";
import { LoadMeter } from "./load-meter.ts";
import type { PoolFigures } from "./pool-figures.ts";
import type { ToolPoolSettings } from "./pool-settings.ts";
import type { PooledInstance } from "./pooled-instance.ts";
import { WaitingCallers } from "./waiting-callers.ts";
import type { Waiter, WaitRequest } from "./waiting-queue.ts";

export interface PoolLendingOptions {
  readonly settings: ToolPoolSettings;
  readonly instances: InstanceSet;
  readonly figures: PoolFigures;
  /** Where those leases stand that callers hold. */
  readonly leases: LeaseBook;
  readonly clock: Clock;
  readonly random: Random;
  readonly deadlines: DeadlineTimer;
  readonly log: Log;
  /** To whom leases are given back. */
  readonly lender: Lender;
  /**
   * Somebody found no instance free.
   *
   * @param refused callers that did not even get to wait
   */
  onDemand(refused: number): void;
  /** Counts a caller who leaves without an instance. */
  onRefused(permit: BreakerPermit | undefined, outcome: "shed" | "failed"): void;
  /** Why there is no instance free, as a part of a sentence. */
  situation(): string;
}

/** Lends the instances of one pool: at once, or to who waits, in their order; and measures how long that takes. */
export class PoolLending {
  readonly meter: LoadMeter;
  readonly #options: PoolLendingOptions;
  readonly #clock: Clock;
  readonly #instances: InstanceSet;
  readonly #callers: WaitingCallers;
  readonly #max: number;
  readonly #sampling: LeaseSampling;
  /** The balancer, where it learns from how calls end. */
  readonly #learner: LoadBalancer | undefined;
  /** Whether something has to know of every lease how long it took. */
  readonly #timesAll: boolean;
  /** Whether somebody wants to know of each call. */
  isObserved = false;
  /** The time when the clock was last read: good enough where nothing is timed. */
  #now: number;
  #inFlight = 0;
  #unsettled = 0;

  constructor(options: PoolLendingOptions) {
    const { settings, clock, random } = options;
    const { balancer, breaker } = settings;
    this.#options = options;
    this.#clock = clock;
    this.#instances = options.instances;
    this.#max = settings.max;
    this.#now = clock.now();
    this.meter = new LoadMeter(this.#now);
    this.#sampling = new LeaseSampling(random);
    this.#learner = balancer?.settled === undefined ? undefined : balancer;
    this.#timesAll = this.#learner !== undefined || breaker !== undefined || options.instances.validates;
    this.#callers = new WaitingCallers({
      ...settings,
      ...options,
      pool: settings.name,
      lend: (waiter, waiting) => this.#lendTo(waiter, waiting),
      onRefused: ({ request }, outcome) => options.onRefused(request.permit, outcome),
    });
  }

  /** Callers that wait for an instance now. */
  get waiting(): number {
    return this.#callers.length;
  }

  /** Calls and leases that occupy an instance now. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Requests that have been lent an instance and are not settled. */
  get unsettled(): number {
    return this.#unsettled;
  }

  /** A request that has been lent an instance is settled: with its lease, or before, where its work goes on in vain. */
  settled(): void {
    this.#unsettled--;
  }

  /**
   * An instance that is free now, unless others wait for one.
   *
   * @throws what a balancer throws
   */
  lendNow(key: string | undefined, permit: BreakerPermit | undefined): PoolLease | undefined {
    if (this.#callers.length > 0) return undefined;
    const instance = this.#instances.lend(key, this.#timesAll ? this.#readClock() : this.#now, 1);
    if (instance === undefined) return undefined;
    const weight = this.#timesAll || this.isObserved ? 1 : this.#sampling.next();
    const now = weight > 0 ? this.#readClock() : this.#now;
    this.#options.figures.lent(0);
    return this.#lease(instance, permit, now, now, weight);
  }

  /**
   * Waits for an instance.
   *
   * @throws LLMSPELL_E_POOL_QUEUE_FULL, LLMSPELL_E_POOL_ACQUIRE_TIMEOUT, the signal's reason, or why all are refused
   */
  wait(request: WaitRequest): Promise<PoolLease> {
    const isRefused = this.#callers.isFull;
    const lease = this.#callers.wait(request, this.#readClock());
    // Where some are free that must be checked first, one more may be: there is one more to wait for it.
    if (this.#instances.validates) this.#callers.serve();
    // Asked only where there is room for one more: most who wait find the pool as large as it may be.
    if (this.#instances.total < this.#max) this.#options.onDemand(isRefused ? 1 : 0);
    return lease;
  }

  /** Takes an instance back; says what time it is, or was lately where the lease is not timed. */
  giveBack(lease: PoolLease, isSuccess: boolean): number {
    const { weight, pooled } = lease;
    const isContended = this.#callers.length > 0;
    const now = weight > 0 || isContended ? this.#readClock() : this.#now;
    this.#inFlight--;
    if (weight > 0) this.meter.changed(-weight, now);
    this.#instances.giveBack(pooled, now);
    // What one gives back is enough for one.
    if (isContended) this.#callers.serve(1);
    if (this.#learner !== undefined) this.#teach(this.#learner, lease, now, isSuccess);
    return now;
  }

  /** Gives free instances to who waits. */
  serve(): void {
    this.#readClock();
    this.#callers.serve();
  }

  refuseAll(outcome: "shed" | "failed", reason: unknown): void {
    this.#callers.refuseAll(outcome, reason);
  }

  /** What is done every second. */
  upkeep(now: number): void {
    this.#now = now;
    this.#sampling.renew();
  }

  #lendTo({ arrivedAt, request }: Waiter, waiting: number): PoolLease | undefined {
    const now = this.#now;
    const instance = this.#instances.lend(request.key, now, waiting);
    if (instance === undefined) return undefined;
    this.#options.figures.lent(now - arrivedAt);
    const weight = this.#timesAll || this.isObserved ? 1 : this.#sampling.next();
    const lease = this.#lease(instance, request.permit, arrivedAt, now, weight);
    if (request.isLeased) this.#options.leases.open(lease, request.place);
    return lease;
  }

  #lease(
    instance: PooledInstance,
    permit: BreakerPermit | undefined,
    arrivedAt: number,
    lentAt: number,
    weight: number,
  ): PoolLease {
    this.#inFlight++;
    this.#unsettled++;
    if (weight > 0) this.meter.changed(weight, lentAt);
    return new PoolLease(this.#options.lender, instance, arrivedAt, lentAt, weight, permit);
  }

  /** A balancer that fails to learn is no reason to fail the call from which it learns. */
  #teach(learner: LoadBalancer, { pooled, lentAt }: PoolLease, now: number, isSuccess: boolean): void {
    try {
      learner.settled?.(pooled, now - lentAt, isSuccess);
    } catch (error) {
      const problem = messageOf(error);
      this.#options.log.error("A balancer failed.", { pool: this.#options.settings.name, problem });
    }
  }

  #readClock(): number {
    this.#now = this.#clock.now();
    return this.#now;
  }
}
