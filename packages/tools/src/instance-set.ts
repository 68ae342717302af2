import type { Random } from "@llmspell/base";
import type { LoadBalancer } from "@llmspell/resilience";
import { BalancedInstances } from "./balanced-instances.ts";
import type { FreeInstances } from "./free-instances.ts";
import { InstanceChecks } from "./instance-checks.ts";
import { InstanceMaker, type InstanceMakerOptions } from "./instance-maker.ts";
import { LastUsedFirst } from "./last-used-first.ts";
import { MemoryGauge } from "./memory-gauge.ts";
import { type InstanceState, noInstances, PooledInstance, type StateCounts } from "./pooled-instance.ts";
import { noRetirements, type RetirementReason } from "./retirement.ts";

/** Instances end by chance up to this share before their time, so that not all are replaced at once. */
const LIFETIME_JITTER = 0.2;

/** How long an instance that was idle may take to show that it can still serve, in milliseconds: a caller waits for it. */
const VALIDATION_LIMIT = 5000;

export interface InstanceSetOptions extends InstanceMakerOptions {
  readonly pool: string;
  readonly concurrency: number;
  readonly maxUses: number;
  /** Milliseconds. */
  readonly maxLifetime: number;
  /** How long an instance may be idle and still be lent unchecked; milliseconds. */
  readonly validateOnBorrow: number;
  /** Chooses among the free instances; without one, the least busy is lent, and among equals the last used. */
  readonly balancer: LoadBalancer | undefined;
  readonly random: Random;
  /** The instance is new, and can take a call. */
  onReady(instance: PooledInstance): void;
  /** An instance has been checked before it is lent, and is free again, or gone. */
  onChecked(): void;
  onCreationFailed(error: unknown): void;
  /** An instance is about to go, or has gone: there may be room or need for another. */
  onRetired(): void;
}

/** The instances of one pool: lends, checks and retires them. How many there should be is decided outside. */
export class InstanceSet {
  readonly #options: InstanceSetOptions;
  readonly #all = new Set<PooledInstance>();
  readonly #free: FreeInstances;
  readonly #maker: InstanceMaker;
  readonly #checks: InstanceChecks;
  readonly #gauge: MemoryGauge;
  readonly #counts: StateCounts = noInstances();
  readonly #retiredBy = noRetirements();
  /** Whether no more are checked at once than are wanted: where the free ones stand in the order of their last use. */
  readonly #checksInTurn: boolean;
  #number = 0;
  #validating = 0;
  created = 0;

  constructor(options: InstanceSetOptions) {
    this.#options = options;
    this.#maker = new InstanceMaker(options);
    const onFailed = (instance: PooledInstance) => this.retire(instance, "health");
    this.#checks = new InstanceChecks({ ...options, maker: this.#maker, onFailed });
    this.#gauge = new MemoryGauge(this.#maker, options.log);
    this.#checksInTurn = options.balancer === undefined && options.concurrency === 1;
    this.#free =
      options.balancer === undefined ? new LastUsedFirst() : new BalancedInstances(options.pool, options.balancer);
  }

  /** All that hold resources, the ones that are going included. */
  get total(): number {
    return this.#all.size;
  }

  /** Those that serve or will serve. */
  get live(): number {
    const { cold, warming, ready, busy } = this.#counts;
    return cold + warming + ready + busy;
  }

  count(state: InstanceState): number {
    return this.#counts[state];
  }

  /** Begins to create one more instance. */
  add(): void {
    const { pool, concurrency } = this.#options;
    this.#number++;
    const instance = new PooledInstance(pool, this.#number, concurrency, this.#counts);
    this.#all.add(instance);
    this.#maker.inBackground(() => this.#create(instance));
  }

  /** Whether instances that were idle for long are checked before they are lent. */
  get validates(): boolean {
    return this.#checks.isOnBorrow;
  }

  /** Those that are checked before they are lent to somebody who waits for them. */
  get validating(): number {
    return this.#validating;
  }

  get retired(): number {
    return Object.values(this.#retiredBy).reduce((sum, count) => sum + count, 0);
  }

  /** How many have been retired, by reason. */
  get retiredBy(): Readonly<Record<RetirementReason, number>> {
    return this.#retiredBy;
  }

  [Symbol.iterator](): Iterator<PooledInstance> {
    return this.#all.values();
  }

  /**
   * Gives a call to an instance that can take one; `undefined` when there is none.
   *
   * @param demand how many callers want an instance now: no more are checked at once that were idle for long
   * @throws LLMSPELL_E_POOL_BALANCER, or what the balancer throws
   */
  lend(key: string | undefined, now: number, demand: number): PooledInstance | undefined {
    for (;;) {
      const instance = this.#free.pick(key);
      if (instance === undefined) return undefined;
      if (instance.resource.isBroken === true) {
        this.retire(instance, "broken");
      } else if (this.#checks.isDue(instance, now)) {
        // The first one is the one that was used last: where it must be checked, so must all others.
        if (this.#checksInTurn && this.#validating >= demand) return undefined;
        this.#validate(instance);
      } else {
        this.#give(instance);
        return instance;
      }
    }
  }

  /** Takes a call back from its instance, which serves the next one or goes. */
  giveBack(instance: PooledInstance, now: number): void {
    instance.giveBack(now);
    if (!instance.isLive) {
      if (instance.inFlight === 0 && instance.state === "draining") this.#dispose(instance);
      return;
    }
    if (instance.resource.isBroken === true) this.retire(instance, "broken");
    else if (now >= instance.expiresAt) this.retire(instance, "lifetime");
    else this.#free.put(instance);
  }

  /** Lends the instance to nobody else; it is disposed when its last call ends. */
  retire(instance: PooledInstance, reason: RetirementReason): void {
    if (!instance.isLive) return;
    this.#free.remove(instance);
    instance.moveTo("draining");
    this.#retiredBy[reason]++;
    this.#options.log.debug("An instance is retired.", { instance: instance.id, reason });
    if (instance.inFlight === 0) this.#dispose(instance);
    else this.#options.onRetired();
  }

  /** Retires up to `count` instances, those first that serve nobody. */
  retireSurplus(count: number): void {
    const candidates = [...this.#all].filter(({ isRunning }) => isRunning);
    candidates.sort((a, b) => a.inFlight - b.inFlight || a.idleSince - b.idleSince);
    for (const instance of candidates.slice(0, count)) this.retire(instance, "scaling");
  }

  /** Retires what is broken or too old. */
  retireUnfit(now: number): void {
    for (const instance of this.#all) {
      if (instance.state !== "ready") continue;
      if (instance.resource.isBroken === true) this.retire(instance, "broken");
      else if (now >= instance.expiresAt) this.retire(instance, "lifetime");
    }
  }

  /** For how long each instance that serves nobody has been idle, in milliseconds, longest first. */
  idleTimes(now: number): readonly number[] {
    const times: number[] = [];
    for (const instance of this.#all) if (instance.isIdle) times.push(Math.max(0, now - instance.idleSince));
    return times.sort((a, b) => b - a);
  }

  /** What the live instances held when they were last measured, in bytes. */
  get memory(): number {
    let memory = 0;
    for (const instance of this.#all) if (instance.isLive) memory += instance.memory ?? 0;
    return memory;
  }

  /** Measures how much memory each instance holds whose tool knows; each has `limit` milliseconds. */
  measureMemory(limit: number): void {
    for (const instance of this.#all) {
      if (this.#gauge.isPossible(instance)) this.#maker.inBackground(() => this.#gauge.measure(instance, limit));
    }
  }

  /** Retires the instance that is idle longest of those that hold memory; gives the bytes it held, 0 when there is none. */
  evictIdle(): number {
    let longest: PooledInstance | undefined;
    for (const instance of this.#all) {
      if (!instance.isIdle || (instance.memory ?? 0) === 0) continue;
      if (longest === undefined || instance.idleSince < longest.idleSince) longest = instance;
    }
    if (longest === undefined) return 0;
    this.retire(longest, "memory");
    return longest.memory ?? 0;
  }

  /** Retires up to `count` instances that have served nobody since `before`; says how many. */
  retireIdle(before: number, count: number): number {
    const isDue = (instance: PooledInstance) => instance.isIdle && instance.idleSince <= before;
    const surplus = [...this.#all].filter(isDue).slice(0, Math.max(0, count));
    for (const instance of surplus) this.retire(instance, "idle");
    return surplus.length;
  }

  /** Checks the health of every instance whose tool knows how; each has `limit` milliseconds. */
  checkHealth(limit: number): void {
    for (const instance of this.#all) {
      if (this.#checks.isPossible(instance)) this.#maker.inBackground(() => this.#checks.check(instance, limit));
    }
  }

  /** Retires all, whatever they do, and resolves when each is gone. */
  async stop(): Promise<void> {
    this.#maker.stop();
    for (const instance of [...this.#all]) {
      if (instance.isRunning) this.retire(instance, "stop");
      if (instance.state === "draining") this.#dispose(instance);
    }
    await this.#maker.finished();
  }

  async #create(instance: PooledInstance): Promise<void> {
    const { clock, onReady, onCreationFailed } = this.#options;
    try {
      await this.#maker.make(instance);
      const now = clock.now();
      instance.becomeReady(now, this.#expiryFrom(now));
    } catch (error) {
      this.#abandon(instance);
      if (!this.#maker.isStopping) onCreationFailed(error);
      return;
    }
    this.created++;
    this.#free.put(instance);
    if (this.#maker.isStopping) this.retire(instance, "stop");
    else onReady(instance);
  }

  #dispose(instance: PooledInstance): void {
    instance.moveTo("retired");
    this.#maker.inBackground(async () => {
      await this.#maker.dispose(instance.id, instance.resource);
      this.#forget(instance);
      this.#options.onRetired();
    });
  }

  /** Lets go what could not be created, or not be warmed up: that holds its place until it is gone. */
  #abandon(instance: PooledInstance): void {
    if (instance.isMade) {
      this.#dispose(instance);
      return;
    }
    instance.moveTo("retired");
    this.#forget(instance);
  }

  #forget(instance: PooledInstance): void {
    this.#all.delete(instance);
    this.#counts.retired--;
  }

  #expiryFrom(now: number): number {
    const { maxLifetime, random } = this.#options;
    return now + maxLifetime * (1 - LIFETIME_JITTER * random());
  }

  #give(instance: PooledInstance): void {
    instance.take();
    if (instance.uses >= this.#options.maxUses) this.retire(instance, "uses");
    else if (instance.state === "ready") this.#free.put(instance);
    else this.#free.remove(instance);
  }

  /** Checks an instance that somebody wants; others may be lent meanwhile. */
  #validate(instance: PooledInstance): void {
    this.#free.remove(instance);
    this.#validating++;
    this.#maker.inBackground(async () => {
      await this.#checks.check(instance, VALIDATION_LIMIT);
      this.#validating--;
      if (instance.isLive) this.#free.put(instance);
      if (!this.#maker.isStopping) this.#options.onChecked();
    });
  }
}
