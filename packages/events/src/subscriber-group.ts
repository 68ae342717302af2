import { type Clock, type Log, messageOf } from "@llmspell/base";
import type { BalancerMember, BreakerPermit, LoadBalancer, MemberEjection, RetryPolicy } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import { eventErrors } from "./errors.ts";
import type { EventHandler, HandlerContext } from "./subscriber.ts";

/** A subscriber as its group knows it. */
export class Member implements BalancerMember {
  readonly id: string;
  readonly weight: number;
  readonly concurrency: number;
  readonly handler: EventHandler;
  /** What the handler gets; its signal aborts when the bus stops, or the subscriber is cut off. */
  readonly context: HandlerContext;
  inFlight = 0;
  hasLeft = false;

  constructor(
    { id, weight, concurrency }: { readonly id: string; readonly weight: number; readonly concurrency: number },
    handler: EventHandler,
    signal: AbortSignal,
  ) {
    this.id = id;
    this.weight = weight;
    this.concurrency = concurrency;
    this.handler = handler;
    this.context = { signal };
  }
}

/** What the groups of one channel share. */
export interface DeliveryContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly retries: RetryPolicy;
  /** Aborts when the bus stops. */
  readonly signal: AbortSignal;
  countRetry(): void;
  /** What keeps events from failing members of one group, where the channel wants that. */
  createEjection(): MemberEjection | undefined;
}

/** Why a group could not handle an event. */
export interface DeliveryFailure {
  /** Of the last attempt. */
  readonly error: unknown;
  readonly attempts: number;
  /** The bus stopped, or the subscribers left, before the attempts were over, so the event is not given up. */
  readonly cutOff: boolean;
}

/** `undefined` when the event was handled. */
export type Outcome = DeliveryFailure | undefined;

/** Subscribers that share a channel's events: each event is handled by one of them. */
export class SubscriberGroup {
  readonly name: string;
  readonly #balancer: LoadBalancer;
  readonly #context: DeliveryContext;
  readonly #ejection: MemberEjection | undefined;
  readonly #free: Member[] = [];
  #members: readonly Member[] = [];
  /** How many events the members can handle at a time. */
  #slots = 0;
  /** Events that are being handled or wait for their next attempt. */
  #unfinished = 0;
  /** Those of them that members who have left are finishing. */
  #leftBehind = 0;
  #hasBalancerFailed = false;

  constructor(name: string, balancer: LoadBalancer, context: DeliveryContext) {
    this.name = name;
    this.#balancer = balancer;
    this.#context = context;
    this.#ejection = context.createEjection();
  }

  /** How many members get no events now because they fail. */
  get ejected(): number {
    return this.#ejection?.ejected.length ?? 0;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  /**
   * Whether it can take another event. What waits for its next attempt counts, so that failing events slow the channel
   * down instead of piling up, and a free member is left for each of them.
   */
  get hasRoom(): boolean {
    if (this.#ejection?.isAnyEjected === true) return this.#haveAllowedRoom();
    return this.#unfinished - this.#leftBehind < this.#slots;
  }

  add(member: Member): void {
    this.#members = [...this.#members, member];
    this.#slots += member.concurrency;
    this.#ejection?.add(member.id);
  }

  /** The member gets no further events; what it handles now it may finish, and takes no room from the others. */
  remove(member: Member): void {
    if (member.hasLeft) return;
    member.hasLeft = true;
    this.#members = this.#members.filter((other) => other !== member);
    this.#slots -= member.concurrency;
    this.#leftBehind += member.inFlight;
    this.#ejection?.remove(member.id);
  }

  /**
   * Lets one member handle the event. Needs `hasRoom`.
   *
   * @returns `undefined` when it was handled, or the failure; a promise of that, which never rejects, when it takes time
   */
  handle(event: BusEvent): Outcome | Promise<Outcome> {
    this.#unfinished++;
    const first = this.#attempt(event, 1);
    if (first instanceof Promise || (first !== undefined && this.#isTriedAgain(first)))
      return this.#follow(event, first);
    this.#unfinished--;
    return first;
  }

  /** Goes on until the event is handled, given up or cut off. */
  async #follow(event: BusEvent, first: DeliveryFailure | Promise<Outcome>): Promise<Outcome> {
    const { clock, retries, signal } = this.#context;
    let failure = await first;
    while (failure !== undefined && this.#isTriedAgain(failure)) {
      await clock.sleep(retries.delayAfter(failure.attempts), signal).catch(() => undefined);
      if (signal.aborted || this.#members.length === 0) failure = { ...failure, cutOff: true };
      // Those who left took their room with them; then the event waits once more.
      else if (this.#members.some((member) => this.#canTake(member))) {
        this.#context.countRetry();
        failure = await this.#attempt(event, failure.attempts + 1);
      }
    }
    this.#unfinished--;
    return failure;
  }

  #isTriedAgain({ attempts, cutOff }: DeliveryFailure): boolean {
    return !cutOff && attempts < this.#context.retries.attempts;
  }

  /** One attempt by one member: `undefined` when that handled the event at once. Never throws or rejects. */
  #attempt(event: BusEvent, attempts: number): Outcome | Promise<Outcome> {
    let member: Member;
    try {
      member = this.#pick(event.key);
    } catch (error) {
      return { error, attempts, cutOff: this.#context.signal.aborted };
    }
    const permit = this.#ejection?.acquire(member.id);
    const isTimed = this.#balancer.settled !== undefined || this.#ejection !== undefined;
    const startedAt = isTimed ? this.#context.clock.now() : 0;
    member.inFlight++;
    const failed = (error: unknown): DeliveryFailure => {
      this.#end(member, startedAt, permit, false);
      return { error, attempts, cutOff: member.context.signal.aborted };
    };
    const succeeded = () => this.#end(member, startedAt, permit, true);
    try {
      const running = member.handler(event, member.context);
      if (isPromise(running)) return Promise.resolve(running).then(succeeded, failed);
    } catch (error) {
      return failed(error);
    }
    return succeeded();
  }

  #end(member: Member, startedAt: number, permit: BreakerPermit | undefined, succeeded: boolean): undefined {
    member.inFlight--;
    if (member.hasLeft) this.#leftBehind--;
    this.#tellEjection(member, startedAt, permit, succeeded);
    if (this.#balancer.settled === undefined) return;
    try {
      this.#balancer.settled(member, this.#context.clock.now() - startedAt, succeeded);
    } catch (error) {
      if (this.#hasBalancerFailed) return;
      this.#hasBalancerFailed = true;
      this.#context.log.error(
        `The load balancer of group ${this.name} cannot be told how work ends: ${messageOf(error)}`,
      );
    }
  }

  #tellEjection(member: Member, startedAt: number, permit: BreakerPermit | undefined, succeeded: boolean): void {
    if (this.#ejection === undefined || member.hasLeft) return;
    const now = this.#context.clock.now();
    if (member.context.signal.aborted && !succeeded) this.#ejection.release(member.id, permit);
    else this.#ejection.record(member.id, permit, succeeded, now, now - startedAt);
  }

  /** Whether those members who may get events can take one; what the others have under way does not count. */
  #haveAllowedRoom(): boolean {
    let slots = 0;
    let others = 0;
    for (const { id, concurrency, inFlight } of this.#members) {
      if (this.#ejection?.allows(id) === true) slots += concurrency;
      else others += inFlight;
    }
    return this.#unfinished - this.#leftBehind - others < slots;
  }

  #canTake(member: Member): boolean {
    return isFree(member) && (this.#ejection?.isAnyEjected !== true || this.#ejection.allows(member.id));
  }

  /**
   * The balancer sees only members that are free, and not ejected, in the order in which they came; their list is reused, so that a pick
   * allocates nothing.
   */
  #pick(key: string | undefined): Member {
    const [only] = this.#members;
    if (only !== undefined && this.#members.length === 1) return only;
    const free = this.#free;
    free.length = 0;
    for (const member of this.#members) if (this.#canTake(member)) free.push(member);
    const index = this.#ask(free, key);
    const member = free[index];
    if (member !== undefined) return member;
    throw this.#balancerFault(`picked member ${String(index)} of ${free.length}`);
  }

  #ask(free: readonly Member[], key: string | undefined): number {
    try {
      return this.#balancer.pick(free, key);
    } catch (cause) {
      throw this.#balancerFault(`failed: ${messageOf(cause)}`, { cause });
    }
  }

  #balancerFault(problem: string, options?: { readonly cause: unknown }): Error {
    return eventErrors.LLMSPELL_E_CHANNEL_BALANCER({ group: this.name, problem }, options);
  }
}

function isFree(member: Member): boolean {
  return member.inFlight < member.concurrency;
}

/** A handler written in JavaScript may return any thenable. */
function isPromise(value: void | Promise<void>): value is Promise<void> {
  return typeof value === "object" && value !== null && typeof value.then === "function";
}
