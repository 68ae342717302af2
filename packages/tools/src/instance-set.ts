import { messageOf, type Random } from "@llmspell/base";
import type { LoadBalancer } from "@llmspell/resilience";
import { toolErrors } from "./errors.ts";
import { InstanceMaker, type InstanceMakerOptions } from "./instance-maker.ts";
import { type InstanceState, noInstances, PooledInstance, type StateCounts } from "./pooled-instance.ts";

/** Instances end by chance up to this share before their time, so that not all are replaced at once. */
const LIFETIME_JITTER = 0.2;

export type RetirementReason =
  | "uses"
  | "lifetime"
  | "idle"
  | "health"
  | "broken"
  | "lease"
  | "memory"
  | "scaling"
  | "stop";

export interface InstanceSetOptions extends InstanceMakerOptions {
  readonly pool: string;
  readonly concurrency: number;
  readonly maxUses: number;
  /** Milliseconds. */
  readonly maxLifetime: number;
  readonly balancer: LoadBalancer;
  readonly random: Random;
  /**
   * One more instance can take a call.
   *
   * @param duration how long it took to make it, from its turn until it was warm, in milliseconds
   */
  onReady(duration: number): void;
  onCreationFailed(error: unknown): void;
  /** An instance is about to go, or has gone: there may be room or need for another. */
  onRetired(): void;
}

/** The instances of one pool: lends, checks and retires them. How many there should be is decided outside. */
export class InstanceSet {
  readonly #options: InstanceSetOptions;
  readonly #all = new Set<PooledInstance>();
  /** Those that can take a call, oldest first: a balancer that goes round needs an order that stays. */
  readonly #lendable: PooledInstance[] = [];
  readonly #maker: InstanceMaker;
  readonly #counts: StateCounts = noInstances();
  #number = 0;
  created = 0;
  retired = 0;

  constructor(options: InstanceSetOptions) {
    this.#options = options;
    this.#maker = new InstanceMaker(options);
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

  /**
   * Gives a call to an instance that can take one; `undefined` when there is none.
   *
   * @throws LLMSPELL_E_POOL_BALANCER, or what the balancer throws
   */
  lend(key: string | undefined): PooledInstance | undefined {
    const lendable = this.#lendable;
    while (lendable.length > 0) {
      const instance = this.#pick(key);
      if (instance.resource.isBroken === true) {
        this.retire(instance, "broken");
        continue;
      }
      instance.take();
      if (instance.uses >= this.#options.maxUses) this.retire(instance, "uses");
      else if (instance.state !== "ready") this.#unlist(instance);
      return instance;
    }
    return undefined;
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
    else if (!instance.isListed) this.#list(instance);
  }

  /** Lends the instance to nobody else; it is disposed when its last call ends. */
  retire(instance: PooledInstance, reason: RetirementReason): void {
    if (!instance.isLive) return;
    this.#unlist(instance);
    instance.moveTo("draining");
    this.retired++;
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
    for (const instance of [...this.#lendable]) {
      if (instance.resource.isBroken === true) this.retire(instance, "broken");
      else if (now >= instance.expiresAt) this.retire(instance, "lifetime");
    }
  }

  /** For how long each instance that serves nobody has been idle, in milliseconds, longest first. */
  idleTimes(now: number): readonly number[] {
    const times: number[] = [];
    for (const { inFlight, idleSince } of this.#lendable) if (inFlight === 0) times.push(now - idleSince);
    return times.sort((a, b) => b - a);
  }

  /** What the live instances held when they were last measured, in bytes. */
  get memory(): number {
    let memory = 0;
    for (const instance of this.#all) if (instance.isLive) memory += instance.memory;
    return memory;
  }

  /** Measures how much memory each instance holds whose tool knows; each has `limit` milliseconds. */
  measureMemory(limit: number): void {
    for (const instance of this.#all) {
      if (!instance.isRunning || instance.isBeingMeasured || instance.resource.memory === undefined) continue;
      this.#maker.inBackground(() => this.#measure(instance, limit));
    }
  }

  /** Retires the instance that is idle longest of those that hold memory; gives the bytes it held, 0 when there is none. */
  evictIdle(): number {
    let longest: PooledInstance | undefined;
    for (const instance of this.#lendable) {
      if (instance.inFlight > 0 || instance.memory === 0) continue;
      if (longest === undefined || instance.idleSince < longest.idleSince) longest = instance;
    }
    if (longest === undefined) return 0;
    this.retire(longest, "memory");
    return longest.memory;
  }

  /** Retires up to `count` instances that have served nobody since `before`; says how many. */
  retireIdle(before: number, count: number): number {
    const idle = this.#lendable.filter(({ inFlight, idleSince }) => inFlight === 0 && idleSince <= before);
    const surplus = idle.slice(0, Math.max(0, count));
    for (const instance of surplus) this.retire(instance, "idle");
    return surplus.length;
  }

  /** Checks the health of every instance whose tool knows how; each has `limit` milliseconds. */
  checkHealth(limit: number): void {
    for (const instance of this.#all) {
      if (!instance.isRunning || instance.isBeingChecked || instance.resource.check === undefined) continue;
      this.#maker.inBackground(() => this.#check(instance, limit));
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
      const resource = await this.#maker.make(instance);
      const now = clock.now();
      instance.becomeReady(resource, now, this.#expiryFrom(now));
    } catch (error) {
      instance.moveTo("retired");
      this.#forget(instance);
      if (!this.#maker.isStopping) onCreationFailed(error);
      return;
    }
    this.created++;
    this.#list(instance);
    if (this.#maker.isStopping) this.retire(instance, "stop");
    else onReady(instance.idleSince - instance.warmingSince);
  }

  async #check(instance: PooledInstance, limit: number): Promise<void> {
    instance.isBeingChecked = true;
    try {
      await this.#maker.limited(limit, "its health check", async (signal) => instance.resource.check?.(signal)).outcome;
    } catch (error) {
      if (this.#maker.isStopping) return;
      const { log } = this.#options;
      log.warn("An instance failed its health check.", { instance: instance.id, problem: messageOf(error) });
      this.retire(instance, "health");
    } finally {
      instance.isBeingChecked = false;
    }
  }

  async #measure(instance: PooledInstance, limit: number): Promise<void> {
    instance.isBeingMeasured = true;
    const measure = async (signal: AbortSignal) => (await instance.resource.memory?.(signal)) ?? 0;
    try {
      instance.memory = await this.#maker.limited(limit, "measuring its memory", measure).outcome;
    } catch (error) {
      if (this.#maker.isStopping) return;
      const { log } = this.#options;
      log.debug("The memory of an instance could not be measured.", {
        instance: instance.id,
        problem: messageOf(error),
      });
    } finally {
      instance.isBeingMeasured = false;
    }
  }

  #dispose(instance: PooledInstance): void {
    instance.moveTo("retired");
    this.#maker.inBackground(async () => {
      await this.#maker.dispose(instance.id, instance.resource);
      this.#forget(instance);
      this.#options.onRetired();
    });
  }

  #forget(instance: PooledInstance): void {
    this.#all.delete(instance);
    this.#counts.retired--;
  }

  #expiryFrom(now: number): number {
    const { maxLifetime, random } = this.#options;
    return now + maxLifetime * (1 - LIFETIME_JITTER * random());
  }

  #pick(key: string | undefined): PooledInstance {
    const lendable = this.#lendable;
    // Asked also when only one of several is free: a balancer that goes in turn counts every turn.
    const index = this.total === 1 ? 0 : this.#options.balancer.pick(lendable, key);
    const instance = lendable[index];
    if (instance !== undefined) return instance;
    throw toolErrors.LLMSPELL_E_POOL_BALANCER({ pool: this.#options.pool, index, count: lendable.length });
  }

  #list(instance: PooledInstance): void {
    const younger = this.#lendable.findIndex(({ number }) => number > instance.number);
    this.#lendable.splice(younger < 0 ? this.#lendable.length : younger, 0, instance);
    instance.isListed = true;
  }

  #unlist(instance: PooledInstance): void {
    if (!instance.isListed) return;
    this.#lendable.splice(this.#lendable.indexOf(instance), 1);
    instance.isListed = false;
  }
}
