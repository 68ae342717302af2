import { type Clock, type Log, messageOf, type Random, untilAborted } from "@llmspell/base";
import type { CreationGate } from "./creation-gate.ts";
import type { DeadlineTimer } from "./deadline-timer.ts";
import { disposeInTime } from "./disposal.ts";
import { InstanceSet } from "./instance-set.ts";
import type { Lease } from "./lease.ts";
import type { LeaseEntry } from "./lease-book.ts";
import type { CallObserver, InstanceFigures, PoolStats } from "./pool-figures.ts";
import type { AcquireOptions, ExecuteOptions } from "./pool-options.ts";
import { PoolRequests } from "./pool-requests.ts";
import type { ToolPoolSettings } from "./pool-settings.ts";
import { PoolSizing } from "./pool-sizing.ts";
import type { PooledInstance } from "./pooled-instance.ts";
import { PreparedTool } from "./prepared-tool.ts";
import type { ScalingAction } from "./scaling-policy.ts";
import type { ToolDescription } from "./tool.ts";
import { WarmUpPlan } from "./warm-up-plan.ts";

/** What all pools of a `ToolExecutionPool` share. */
export interface PoolSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly gate: CreationGate;
  readonly deadlines: DeadlineTimer;
  /** Whether memory is left for more instances than the minimum. */
  mayGrow(): boolean;
}

/** The pool of one tool, from its start to its stop. */
export class ToolPool {
  readonly #settings: ToolPoolSettings;
  readonly #surroundings: PoolSurroundings;
  readonly #stopping = new AbortController();
  readonly #tool: PreparedTool;
  readonly #warmUp: WarmUpPlan;
  readonly #instances: InstanceSet;
  readonly #requests: PoolRequests;
  readonly #sizing: PoolSizing;
  #starting: Promise<void> | undefined;
  #minimumReady: PromiseWithResolvers<void> | undefined;
  #stopped: Promise<void> | undefined;
  /** Why the last creation failed; undefined when it did not. */
  #creationProblem: string | undefined;

  constructor(settings: ToolPoolSettings, surroundings: PoolSurroundings) {
    const { name } = settings;
    this.#settings = settings;
    this.#surroundings = surroundings;
    this.#tool = new PreparedTool({ ...settings, ...surroundings, pool: name, signal: this.#stopping.signal });
    this.#warmUp = new WarmUpPlan({ ...surroundings, pool: name, warmUps: settings.warmUps });
    this.#instances = new InstanceSet({
      ...surroundings,
      ...settings,
      pool: name,
      warmUp: this.#warmUp,
      create: (signal) => this.#tool.createInstance(signal),
      onReady: (instance) => this.#onReady(instance),
      onChecked: () => this.#requests.lending.serve(),
      onCreationFailed: (error) => this.#onCreationFailed(error),
      onRetired: () => this.#sizing.retired(),
    });
    const requests = new PoolRequests({
      ...surroundings,
      settings,
      tool: this.#tool,
      instances: this.#instances,
      onDemand: (refused) => this.#sizing.demand(refused),
      situation: () => this.#situation(),
    });
    this.#requests = requests;
    this.#sizing = new PoolSizing({
      ...settings,
      ...surroundings,
      pool: name,
      instances: this.#instances,
      meter: requests.lending.meter,
      // For those that are being checked somebody waits already; no others are needed for them.
      waiting: () => Math.max(0, requests.lending.waiting - this.#instances.validating),
      serviceTimes: () => ({ ofLate: requests.figures.serviceTime, longTerm: requests.figures.longTermServiceTime }),
    });
  }

  get scalingHistory(): readonly ScalingAction[] {
    return this.#sizing.history;
  }

  /** Makes one call; see `ToolExecutionPool.execute`. */
  execute(input: unknown, options: ExecuteOptions): Promise<unknown> {
    return this.#requests.execute(input, options);
  }

  /** Lends an instance; see `ToolExecutionPool.acquire`. */
  acquire(options: AcquireOptions, entry: LeaseEntry): Promise<Lease> {
    return this.#requests.acquire(options, entry);
  }

  /** Resolves when the minimum is ready. An abort ends the wait, not the start, for which others may wait too. */
  async start(signal?: AbortSignal): Promise<void> {
    this.#requests.assertOpen();
    signal?.throwIfAborted();
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    await untilAborted(this.#starting, signal);
  }

  /** Tells of each call that has ended; `undefined` ends that. */
  observe(observer: CallObserver | undefined): void {
    const { name } = this.#settings;
    this.#requests.lending.isObserved = observer !== undefined;
    this.#requests.figures.onCalled =
      observer === undefined ? undefined : (arrivedAt, duration) => observer.called(name, arrivedAt, duration);
  }

  /** Takes no new request; resolves when those it has are settled. */
  async drain(signal?: AbortSignal): Promise<void> {
    await this.#requests.drain(signal);
  }

  /** Refuses who waits, gives up what runs, and disposes every instance. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /** What is done every second. */
  upkeep(now: number): void {
    this.#requests.upkeep(now);
    this.#sizing.upkeep(now);
  }

  /** What the live instances held when they were last measured, in bytes. */
  get memory(): number {
    return this.#instances.memory;
  }

  /** Begins to measure what each instance holds; it has `limit` milliseconds. */
  measureMemory(limit: number): void {
    this.#instances.measureMemory(limit);
  }

  /** Lets go the instance that is idle longest, above the minimum; gives the bytes it held, 0 when there is none. */
  evictIdle(): number {
    return this.#sizing.evictIdle();
  }

  checkHealth(limit: number): void {
    this.#instances.checkHealth(limit);
  }

  /** @throws LLMSPELL_E_POOL_NOT_PREPARED before the tool is known */
  describe(): ToolDescription {
    return this.#tool.describe();
  }

  /** Calls under way over the calls that the live instances could serve at once. */
  get utilization(): number {
    const capacity = (this.#instances.count("ready") + this.#instances.count("busy")) * this.#settings.concurrency;
    return capacity === 0 ? 0 : Math.min(1, this.#requests.lending.inFlight / capacity);
  }

  stats(): PoolStats {
    const instances = this.#instances;
    return {
      ...this.#requests.figures.counts(this.#requests.pending),
      waiting: this.#requests.lending.waiting,
      inFlight: this.#requests.lending.inFlight,
      instances: instances.live,
      ready: instances.count("ready"),
      busy: instances.count("busy"),
      warming: instances.count("cold") + instances.count("warming"),
      draining: instances.count("draining"),
      created: instances.created,
      skippedWarmUps: this.#warmUp.skipped,
      retired: instances.retired,
      retiredBy: { ...instances.retiredBy },
      leases: this.#requests.leases.size,
      oldestLease: this.#requests.leases.oldestAge(this.#surroundings.clock.now()),
      leaseWarnings: this.#requests.leases.reported,
      breaker: this.#requests.breakerState,
      utilization: this.utilization,
      memory: instances.memory,
    };
  }

  /** The figures of each instance, the oldest first. */
  instances(): InstanceFigures[] {
    const now = this.#surroundings.clock.now();
    const leases = this.#requests.leases.figures(now);
    return [...this.#instances].map((instance) => instance.figures(now, leases.get(instance) ?? []));
  }

  /** Why there is no instance free. */
  #situation(): string {
    const instances = this.#instances;
    const parts = [`${instances.count("busy")} of ${this.#settings.max} busy`];
    const warming = instances.count("cold") + instances.count("warming");
    if (warming > 0) parts.push(`${warming} being created`);
    if (instances.validating > 0) parts.push(`${instances.validating} being checked`);
    if (!this.#surroundings.mayGrow()) parts.push("no memory for more");
    if (this.#creationProblem !== undefined) parts.push(`last creation failed: ${this.#creationProblem}`);
    return parts.join("; ");
  }

  async #start(): Promise<void> {
    await this.#tool.prepare();
    this.#requests.assertOpen();
    const ready = Promise.withResolvers<void>();
    this.#minimumReady = ready;
    this.#sizing.start();
    this.#tellMinimum();
    try {
      await ready.promise;
    } finally {
      this.#minimumReady = undefined;
    }
  }

  #onReady({ warmingSince, madeAt, readySince }: PooledInstance): void {
    const { figures } = this.#requests;
    figures.creation.record(madeAt - warmingSince);
    figures.warmUp.record(readySince - madeAt);
    this.#creationProblem = undefined;
    this.#sizing.creationSucceeded(readySince - warmingSince);
    this.#tellMinimum();
    this.#requests.lending.serve();
  }

  #tellMinimum(): void {
    const { min } = this.#settings;
    if (this.#instances.count("ready") + this.#instances.count("busy") >= min) this.#minimumReady?.resolve();
  }

  #onCreationFailed(error: unknown): void {
    const failure = this.#tool.creationError(error);
    this.#creationProblem = messageOf(error);
    this.#requests.figures.creationFailures++;
    this.#surroundings.log.warn(failure.message);
    this.#minimumReady?.reject(failure);
    if (this.#instances.live === 0) this.#requests.failWaiting(failure);
    this.#sizing.creationFailed();
  }

  async #stop(): Promise<void> {
    this.#sizing.stop();
    const closed = this.#requests.stop();
    this.#stopping.abort(closed);
    this.#minimumReady?.reject(closed);
    await this.#instances.stop();
    try {
      await disposeInTime(this.#settings.tool, this.#surroundings);
    } catch (error) {
      this.#surroundings.log.warn("A tool could not be disposed.", {
        pool: this.#settings.name,
        problem: messageOf(error),
      });
    }
  }
}
