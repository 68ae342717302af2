import { type Clock, type Log, messageOf, type Random } from "@llmspell/base";
import type { LoadBalancer } from "@llmspell/resilience";
import { BackgroundWork } from "./background-work.ts";
import type { CreationGate } from "./creation-gate.ts";
import type { DeadlineTimer } from "./deadline-timer.ts";
import { toolErrors } from "./errors.ts";
import { LimitedCall } from "./limited-call.ts";
import { PooledInstance } from "./pooled-instance.ts";
import type { ToolInstance } from "./tool.ts";

/** How long an instance may take to go, in milliseconds; then it is left to itself, and the log says so. */
const DISPOSAL_LIMIT = 10_000;
/** Instances end by chance up to this share before their time, so that not all are replaced at once. */
const LIFETIME_JITTER = 0.2;

export type RetirementReason = "uses" | "lifetime" | "idle" | "health" | "broken" | "lease" | "scaling" | "stop";

export interface InstanceSetOptions {
  readonly pool: string;
  readonly concurrency: number;
  readonly maxUses: number;
  /** Milliseconds. */
  readonly maxLifetime: number;
  /** Milliseconds. */
  readonly creationTimeout: number;
  readonly balancer: LoadBalancer;
  readonly gate: CreationGate;
  readonly deadlines: DeadlineTimer;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  create(signal: AbortSignal): Promise<ToolInstance>;
  /** One more instance can take a call. */
  onReady(): void;
  onCreationFailed(error: unknown): void;
  /** An instance is about to go, or has gone: there may be room or need for another. */
  onRetired(): void;
}

/** The instances of one pool: creates, lends, checks and retires them. How many there should be is decided outside. */
export class InstanceSet {
  readonly #options: InstanceSetOptions;
  readonly #all = new Set<PooledInstance>();
  /** Those that can take a call, oldest first: a balancer that goes round needs an order that stays. */
  readonly #lendable: PooledInstance[] = [];
  readonly #background = new BackgroundWork();
  readonly #stopping = new AbortController();
  #number = 0;
  created = 0;
  retired = 0;

  constructor(options: InstanceSetOptions) {
    this.#options = options;
  }

  /** All that hold resources, the ones that are going included. */
  get total(): number {
    return this.#all.size;
  }

  /** Those that serve or will serve. */
  get live(): number {
    let live = 0;
    for (const instance of this.#all) if (instance.isLive) live++;
    return live;
  }

  count(state: PooledInstance["state"]): number {
    let count = 0;
    for (const instance of this.#all) if (instance.state === state) count++;
    return count;
  }

  /** Begins to create one more instance. */
  add(): void {
    const { pool, concurrency } = this.#options;
    this.#number++;
    const instance = new PooledInstance(pool, this.#number, concurrency);
    this.#all.add(instance);
    this.#background.run(() => this.#create(instance));
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
    const candidates = [...this.#all].filter(({ state }) => state === "ready" || state === "busy");
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
      const isRunning = instance.state === "ready" || instance.state === "busy";
      if (!isRunning || instance.isBeingChecked || instance.resource.check === undefined) continue;
      this.#background.run(() => this.#check(instance, limit));
    }
  }

  /** Retires all, whatever they do, and resolves when each is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("The pool stops."));
    for (const instance of [...this.#all]) {
      if (instance.state === "ready" || instance.state === "busy") this.retire(instance, "stop");
      if (instance.state === "draining") this.#dispose(instance);
    }
    await this.#background.finished();
  }

  async #create(instance: PooledInstance): Promise<void> {
    const { gate, clock, onReady, onCreationFailed } = this.#options;
    try {
      const resource = await gate.through(() => this.#createResource(instance));
      const now = clock.now();
      instance.becomeReady(resource, now, this.#expiryFrom(now));
    } catch (error) {
      instance.moveTo("retired");
      this.#all.delete(instance);
      if (!this.#stopping.signal.aborted) onCreationFailed(error);
      return;
    }
    this.created++;
    this.#list(instance);
    if (this.#stopping.signal.aborted) this.retire(instance, "stop");
    else onReady();
  }

  async #createResource(instance: PooledInstance): Promise<ToolInstance> {
    const { create, creationTimeout } = this.#options;
    this.#stopping.signal.throwIfAborted();
    instance.moveTo("warming");
    const call = this.#limited(creationTimeout, "its creation", create);
    try {
      return await call.outcome;
    } catch (error) {
      this.#disposeLate(instance, call);
      throw error;
    }
  }

  /** An instance whose creation was given up may still come; nobody waits for it, but it must not stay. */
  #disposeLate(instance: PooledInstance, call: LimitedCall<ToolInstance>): void {
    call.work.then(
      (resource) => this.#background.run(() => this.#release(instance.id, resource)),
      () => undefined,
    );
  }

  async #check(instance: PooledInstance, limit: number): Promise<void> {
    instance.isBeingChecked = true;
    try {
      await this.#limited(limit, "its health check", async (signal) => instance.resource.check?.(signal)).outcome;
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      const { log } = this.#options;
      log.warn("An instance failed its health check.", { instance: instance.id, problem: messageOf(error) });
      this.retire(instance, "health");
    } finally {
      instance.isBeingChecked = false;
    }
  }

  #dispose(instance: PooledInstance): void {
    instance.moveTo("retired");
    this.#background.run(async () => {
      await this.#release(instance.id, instance.resource);
      this.#all.delete(instance);
      this.#options.onRetired();
    });
  }

  async #release(id: string, resource: ToolInstance): Promise<void> {
    const { deadlines, clock, log } = this.#options;
    const endsAt = clock.now() + DISPOSAL_LIMIT;
    const overdue = () => new Error(`It is not gone after ${DISPOSAL_LIMIT} ms.`);
    try {
      await new LimitedCall({ deadlines, endsAt, overdue }, async () => resource[Symbol.asyncDispose]()).outcome;
    } catch (error) {
      log.warn("An instance could not be disposed.", { instance: id, problem: messageOf(error) });
    }
  }

  #limited<Result>(limit: number, what: string, work: (signal: AbortSignal) => Promise<Result>): LimitedCall<Result> {
    const { deadlines, clock } = this.#options;
    const overdue = () => new Error(`${what} took longer than ${limit} ms.`);
    return new LimitedCall({ deadlines, endsAt: clock.now() + limit, overdue, signal: this.#stopping.signal }, work);
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
