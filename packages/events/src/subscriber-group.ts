import type { Clock } from "@llmspell/base";
import type { BalancerMember, CircuitBreaker, LoadBalancer, RetryPolicy } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import { eventErrors } from "./errors.ts";
import type { EventHandler, HandlerContext } from "./subscriber.ts";

/** A subscriber as its group knows it. */
export interface Member extends BalancerMember {
  readonly handler: EventHandler;
  readonly concurrency: number;
  inFlight: number;
}

/** What the groups of one channel share. */
export interface DeliveryContext {
  readonly clock: Clock;
  readonly retries: RetryPolicy;
  readonly breaker: CircuitBreaker | undefined;
  /** What handlers get; its signal aborts when the bus stops. */
  readonly handlerContext: HandlerContext;
  countRetry(): void;
}

/** Why a group could not handle an event. */
export interface DeliveryFailure {
  /** Of the last attempt. */
  readonly error: unknown;
  readonly attempts: number;
  /** The bus stopped before the attempts were over, so the event is not given up. */
  readonly cutOff: boolean;
}

/** Subscribers that share a channel's events: each event is handled by one of them. */
export class SubscriberGroup {
  readonly name: string;
  readonly #balancer: LoadBalancer;
  readonly #context: DeliveryContext;
  readonly #isMeasured: boolean;
  readonly #free: Member[] = [];
  #members: readonly Member[] = [];
  #slots = 0;
  /** Events whose handling runs or waits for its next attempt. */
  #unfinished = 0;

  constructor(name: string, balancer: LoadBalancer, context: DeliveryContext) {
    this.name = name;
    this.#balancer = balancer;
    this.#context = context;
    this.#isMeasured = balancer.settled !== undefined || context.breaker !== undefined;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  /**
   * Whether it can take another event. What waits for its next attempt counts, so that failing events slow the channel
   * down instead of piling up, and a free member is left for each of them.
   */
  get hasRoom(): boolean {
    return this.#unfinished < this.#slots;
  }

  add(member: Member): void {
    this.#members = [...this.#members, member];
    this.#slots += member.concurrency;
  }

  /** The member gets no further events; what it handles now it may finish. */
  remove(member: Member): void {
    if (!this.#members.includes(member)) return;
    this.#members = this.#members.filter((other) => other !== member);
    this.#slots -= member.concurrency;
  }

  /**
   * Lets one member handle the event. Needs `hasRoom`.
   *
   * @returns `undefined` when it was handled at once; otherwise a promise that never rejects, of the failure if there is one
   */
  handle(event: BusEvent): undefined | Promise<DeliveryFailure | undefined> {
    this.#unfinished++;
    let running: Promise<void> | undefined;
    try {
      running = this.#attempt(event);
    } catch (error) {
      running = Promise.reject(error);
    }
    if (running !== undefined) return this.#follow(event, running);
    this.#unfinished--;
    return undefined;
  }

  async #follow(event: BusEvent, running: Promise<void>): Promise<DeliveryFailure | undefined> {
    try {
      await running;
      return undefined;
    } catch (error) {
      return await this.#tryAgain(event, error);
    } finally {
      this.#unfinished--;
    }
  }

  async #tryAgain(event: BusEvent, firstError: unknown): Promise<DeliveryFailure | undefined> {
    const { clock, retries, handlerContext } = this.#context;
    const { signal } = handlerContext;
    let error = firstError;
    let attempts = 1;
    while (attempts < retries.attempts && !signal.aborted && this.#members.length > 0) {
      await clock.sleep(retries.delayAfter(attempts), signal).catch(() => undefined);
      if (signal.aborted) break;
      if (!this.#members.some(isFree)) continue;
      attempts++;
      this.#context.countRetry();
      try {
        await this.#attempt(event);
        return undefined;
      } catch (latest) {
        error = latest;
      }
    }
    return { error, attempts, cutOff: signal.aborted };
  }

  /** One attempt by one member; throws or rejects when it fails. */
  #attempt(event: BusEvent): Promise<void> | undefined {
    const member = this.#pick(event.key);
    const startedAt = this.#isMeasured ? this.#context.clock.now() : 0;
    member.inFlight++;
    let running: void | Promise<void>;
    try {
      running = member.handler(event, this.#context.handlerContext);
    } catch (error) {
      this.#end(member, startedAt, false);
      throw error;
    }
    if (!isPromise(running)) {
      this.#end(member, startedAt, true);
      return undefined;
    }
    return running.then(
      () => this.#end(member, startedAt, true),
      (error: unknown) => {
        this.#end(member, startedAt, false);
        throw error;
      },
    );
  }

  #end(member: Member, startedAt: number, succeeded: boolean): void {
    member.inFlight--;
    if (!this.#isMeasured) return;
    const now = this.#context.clock.now();
    this.#context.breaker?.record(succeeded, now);
    this.#balancer.settled?.(member, now - startedAt, succeeded);
  }

  /** The balancer sees only members that are free; their list is reused, so that a pick allocates nothing. */
  #pick(key: string | undefined): Member {
    const free = this.#free;
    free.length = 0;
    for (const member of this.#members) if (isFree(member)) free.push(member);
    const index = free.length === 1 ? 0 : this.#balancer.pick(free, key);
    const member = free[index];
    if (member === undefined) {
      this.#context.breaker?.release();
      throw eventErrors.LLMSPELL_E_CHANNEL_BALANCER({ group: this.name, index, count: free.length });
    }
    return member;
  }
}

function isFree(member: Member): boolean {
  return member.inFlight < member.concurrency;
}

/** A handler written in JavaScript may return any thenable. */
function isPromise(value: void | Promise<void>): value is Promise<void> {
  return typeof value === "object" && value !== null && typeof value.then === "function";
}
