import { type Clock, type Log, messageOf } from "@llmspell/base";
import type { BreakerPermit, LoadBalancer, MemberEjection, RetryPolicy } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import { type DeliveryFailure, type DeliveryReceiver, type Handled, type Outcome, PENDING } from "./delivery.ts";
import { eventErrors } from "./errors.ts";
import { Flight, type FlightControl, isPromise } from "./flight.ts";
import type { Member } from "./subscriber-member.ts";

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

/** Subscribers that share a channel's events: each event is handled by one of them. */
export class SubscriberGroup implements FlightControl {
  readonly name: string;
  /** Whether it can take another event; `roomChanged` is told of each change. */
  hasRoom = false;
  readonly #balancer: LoadBalancer;
  readonly #context: DeliveryContext;
  readonly #ejection: MemberEjection | undefined;
  readonly #roomChanged: () => void;
  readonly #free: Member[] = [];
  readonly #landedFlights: Flight[] = [];
  #members: readonly Member[] = [];
  /** How many events the members can handle at a time. */
  #slots = 0;
  /** Events that are being handled or wait for their next attempt. */
  #unfinished = 0;
  /** Those of them that members who have left are finishing. */
  #leftBehind = 0;
  #hasBalancerFailed = false;

  constructor(name: string, balancer: LoadBalancer, context: DeliveryContext, roomChanged: () => void) {
    this.name = name;
    this.#balancer = balancer;
    this.#context = context;
    this.#ejection = context.createEjection();
    this.#roomChanged = roomChanged;
  }

  /** How many members get no events now because they fail. */
  get ejected(): number {
    return this.#ejection?.ejected.length ?? 0;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  /** The member, where there is but one and the balancer has no wish to know how it does: nothing is to be chosen then. */
  get only(): Member | undefined {
    return this.#members.length === 1 && this.#balancer.settled === undefined ? this.#members[0] : undefined;
  }

  add(member: Member): void {
    this.#members = [...this.#members, member];
    this.#slots += member.concurrency;
    this.#ejection?.add(member.id);
    this.#updateRoom();
  }

  /** The member gets no further events; what it handles now it may finish, and takes no room from the others. */
  remove(member: Member): void {
    if (member.hasLeft) return;
    member.hasLeft = true;
    this.#members = this.#members.filter((other) => other !== member);
    this.#slots -= member.concurrency;
    this.#leftBehind += member.inFlight;
    this.#ejection?.remove(member.id);
    this.#updateRoom();
  }

  /** Lets one member handle the event. Needs `hasRoom`. When that takes time, `receiver` is told how it ended. */
  handle(event: BusEvent, permit: BreakerPermit | undefined, receiver: DeliveryReceiver): Handled {
    return this.#attempt(event, permit, receiver, 1);
  }

  /** Follows a handler that was called already, by who found its member by `only`. */
  adopt(
    running: PromiseLike<unknown>,
    member: Member,
    event: BusEvent,
    permit: BreakerPermit | undefined,
    receiver: DeliveryReceiver,
  ): Handled {
    member.inFlight++;
    this.#begin();
    // An only member is never ejected, so nothing need be known of how it does.
    this.#follow(running, member, event, permit, receiver, 1, 0, undefined);
    return PENDING;
  }

  /** The same for a handler that threw. */
  adoptFailure(
    error: unknown,
    member: Member,
    event: BusEvent,
    permit: BreakerPermit | undefined,
    receiver: DeliveryReceiver,
  ): Handled {
    const failure = { error, attempts: 1, cutOff: member.context.signal.aborted };
    return this.#failAtOnce(failure, event, permit, receiver);
  }

  landed(flight: Flight): void {
    const { event, permit, receiver } = flight;
    this.#release(flight, true);
    this.#finish(event, permit, receiver, undefined);
  }

  crashed(flight: Flight, error: unknown): void {
    const { event, permit, receiver, member, attempts } = flight;
    const failure = { error, attempts, cutOff: member.context.signal.aborted };
    this.#release(flight, false);
    if (this.#isTriedAgain(failure)) void this.#retry(failure, event, permit, receiver);
    else this.#finish(event, permit, receiver, failure);
  }

  /** One attempt by one member. */
  #attempt(event: BusEvent, permit: BreakerPermit | undefined, receiver: DeliveryReceiver, attempts: number): Handled {
    // Its last member left while another group was handling the event: nobody here wants it any more.
    if (this.#members.length === 0) return undefined;
    let member: Member;
    try {
      member = this.#pick(event);
    } catch (error) {
      const failure = { error, attempts, cutOff: this.#context.signal.aborted };
      return attempts === 1 ? this.#failAtOnce(failure, event, permit, receiver) : failure;
    }
    const memberPermit = this.#ejection?.acquire(member.id);
    const isTimed = this.#balancer.settled !== undefined || this.#ejection !== undefined;
    const startedAt = isTimed ? this.#context.clock.now() : 0;
    member.inFlight++;
    try {
      const running = member.handler(event, member.context);
      if (isPromise(running)) {
        if (attempts === 1) this.#begin();
        this.#follow(running, member, event, permit, receiver, attempts, startedAt, memberPermit);
        return PENDING;
      }
    } catch (error) {
      this.#end(member, startedAt, memberPermit, false);
      const failure = { error, attempts, cutOff: member.context.signal.aborted };
      return attempts === 1 ? this.#failAtOnce(failure, event, permit, receiver) : failure;
    }
    this.#end(member, startedAt, memberPermit, true);
    return undefined;
  }

  #follow(
    running: PromiseLike<unknown>,
    member: Member,
    event: BusEvent,
    permit: BreakerPermit | undefined,
    receiver: DeliveryReceiver,
    attempts: number,
    startedAt: number,
    memberPermit: BreakerPermit | undefined,
  ): void {
    const flight = this.#landedFlights.pop() ?? new Flight(this, member, receiver);
    flight.event = event;
    flight.permit = permit;
    flight.member = member;
    flight.receiver = receiver;
    flight.attempts = attempts;
    flight.startedAt = startedAt;
    flight.memberPermit = memberPermit;
    flight.follow(running);
  }

  #release(flight: Flight, succeeded: boolean): void {
    this.#end(flight.member, flight.startedAt, flight.memberPermit, succeeded);
    flight.clear();
    this.#landedFlights.push(flight);
  }

  /** A first attempt failed before `handle` has returned. */
  #failAtOnce(
    failure: DeliveryFailure,
    event: BusEvent,
    permit: BreakerPermit | undefined,
    receiver: DeliveryReceiver,
  ): Handled {
    if (!this.#isTriedAgain(failure)) return failure;
    this.#begin();
    void this.#retry(failure, event, permit, receiver);
    return PENDING;
  }

  /** Waits and tries again, until the event is handled, given up or cut off, or a handler takes its time over it. */
  async #retry(
    first: DeliveryFailure,
    event: BusEvent,
    permit: BreakerPermit | undefined,
    receiver: DeliveryReceiver,
  ): Promise<void> {
    const { clock, retries, signal } = this.#context;
    let outcome: Outcome = first;
    while (outcome !== undefined && this.#isTriedAgain(outcome)) {
      await clock.sleep(retries.delayAfter(outcome.attempts), signal).catch(() => undefined);
      if (signal.aborted || this.#members.length === 0) {
        outcome = { ...outcome, cutOff: true };
      } else if (this.#members.some((member) => this.#canTake(member))) {
        // Otherwise those who left took their room with them; then the event waits once more.
        this.#context.countRetry();
        const handled = this.#attempt(event, permit, receiver, outcome.attempts + 1);
        if (handled === PENDING) return;
        outcome = handled;
      }
    }
    this.#finish(event, permit, receiver, outcome);
  }

  #isTriedAgain({ attempts, cutOff }: DeliveryFailure): boolean {
    return !cutOff && attempts < this.#context.retries.attempts;
  }

  #begin(): void {
    this.#unfinished++;
    this.#updateRoom();
  }

  #finish(event: BusEvent, permit: BreakerPermit | undefined, receiver: DeliveryReceiver, outcome: Outcome): void {
    this.#unfinished--;
    this.#updateRoom();
    receiver.ended(event, permit, outcome);
  }

  /**
   * What waits for its next attempt takes room too, so that failing events slow the channel down instead of piling up, and
   * a free member is left for each of them.
   */
  #updateRoom(): void {
    const isAnyEjected = this.#ejection?.isAnyEjected === true;
    const hasRoom = isAnyEjected ? this.#haveAllowedRoom() : this.#unfinished - this.#leftBehind < this.#slots;
    if (hasRoom === this.hasRoom) return;
    this.hasRoom = hasRoom;
    this.#roomChanged();
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
    return member.isFree && (this.#ejection?.isAnyEjected !== true || this.#ejection.allows(member.id));
  }

  #end(member: Member, startedAt: number, permit: BreakerPermit | undefined, succeeded: boolean): void {
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
    this.#updateRoom();
  }

  /**
   * The balancer sees only members that are free, and not ejected, in the order in which they came; their list is reused, so that a pick
   * allocates nothing.
   */
  #pick(event: BusEvent): Member {
    const [only] = this.#members;
    if (only !== undefined && this.#members.length === 1) return only;
    const free = this.#free;
    free.length = 0;
    for (const member of this.#members) if (this.#canTake(member)) free.push(member);
    const index = this.#ask(free, event.key);
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
