import type { BreakerPermit, LoadBalancer, MemberEjection } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import {
  type DeliveryFailure,
  type DeliveryReceiver,
  failureAfter,
  type Handled,
  type Outcome,
  PENDING,
} from "./delivery.ts";
import type { DeliveryContext } from "./delivery-context.ts";
import { Flight, type FlightControl, isPromise } from "./flight.ts";
import { MemberChoice } from "./member-choice.ts";
import type { Member } from "./subscriber-member.ts";

/** Subscribers that share a channel's events: each event is handled by one of them. */
export class SubscriberGroup implements FlightControl {
  readonly name: string;
  /** Whether it can take another event; `roomChanged` is told of each change. */
  hasRoom = false;
  readonly #choice: MemberChoice;
  readonly #context: DeliveryContext;
  readonly #ejection: MemberEjection | undefined;
  readonly #roomChanged: () => void;
  readonly #landedFlights: Flight[] = [];
  #members: readonly Member[] = [];
  /** How many events the members can handle at a time. */
  #slots = 0;
  /** Events that are being handled or wait for their next attempt. */
  #unfinished = 0;
  /** Those of them that members who have left are finishing. */
  #leftBehind = 0;

  constructor(name: string, balancer: LoadBalancer, context: DeliveryContext, roomChanged: () => void) {
    const { log, keyOf } = context;
    this.name = name;
    this.#context = context;
    this.#ejection = context.createEjection();
    this.#choice = new MemberChoice(balancer, { group: name, log, keyOf, ejection: this.#ejection });
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
    return this.#members.length === 1 && !this.#choice.isLearning ? this.#members[0] : undefined;
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
    return this.#attempt(event, permit, receiver, undefined);
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
    this.#follow(running, member, event, permit, receiver, undefined, this.#lastMoment, undefined);
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
    return this.#failAtOnce(this.#failure(error, undefined, member, this.#lastMoment), event, permit, receiver);
  }

  landed(flight: Flight): void {
    const { event, permit, receiver } = flight;
    this.#release(flight, true);
    this.#finish(event, permit, receiver, undefined);
  }

  crashed(flight: Flight, error: unknown): void {
    const { event, permit, receiver, member, before, startedAt } = flight;
    const failure = this.#failure(error, before, member, startedAt);
    this.#release(flight, false);
    if (this.#isTriedAgain(failure)) void this.#retry(failure, event, permit, receiver);
    else this.#finish(event, permit, receiver, failure);
  }

  /**
   * One attempt by one member.
   *
   * @param before how the attempt before this one ended; `undefined` for the first
   */
  #attempt(
    event: BusEvent,
    permit: BreakerPermit | undefined,
    receiver: DeliveryReceiver,
    before: DeliveryFailure | undefined,
  ): Handled {
    // Its last member left while another group was handling the event: nobody here wants it any more.
    if (this.#members.length === 0) return undefined;
    let member: Member;
    try {
      member = this.#choice.pick(this.#members, event);
    } catch (error) {
      const failure = this.#failure(error, before, undefined, this.#context.clock.now());
      return before === undefined ? this.#failAtOnce(failure, event, permit, receiver) : failure;
    }
    const memberPermit = this.#ejection?.acquire(member.id);
    const isTimed = this.#choice.isLearning || this.#ejection !== undefined || before !== undefined;
    const startedAt = isTimed ? this.#context.clock.now() : this.#lastMoment;
    member.inFlight++;
    try {
      const running = member.handler(event, member.context);
      if (isPromise(running)) {
        if (before === undefined) this.#begin();
        this.#follow(running, member, event, permit, receiver, before, startedAt, memberPermit);
        return PENDING;
      }
    } catch (error) {
      this.#end(member, startedAt, memberPermit, false);
      const failure = this.#failure(error, before, member, startedAt);
      return before === undefined ? this.#failAtOnce(failure, event, permit, receiver) : failure;
    }
    this.#end(member, startedAt, memberPermit, true);
    return undefined;
  }

  /**
   * When a handler was called, as near as is known without reading the clock for it: what hands out events reads it for
   * many of them, and again after each that took time.
   */
  get #lastMoment(): number {
    return this.#context.coarseClock.last.time;
  }

  /** @param member who failed; `undefined` when the balancer did */
  #failure(
    error: unknown,
    before: DeliveryFailure | undefined,
    member: Member | undefined,
    at: number,
  ): DeliveryFailure {
    const { clock, signal } = this.#context;
    const details = { at, until: clock.now(), group: this.name, member: member?.id, error };
    return failureAfter(before, details, (member?.context.signal ?? signal).aborted);
  }

  #follow(
    running: PromiseLike<unknown>,
    member: Member,
    event: BusEvent,
    permit: BreakerPermit | undefined,
    receiver: DeliveryReceiver,
    before: DeliveryFailure | undefined,
    startedAt: number,
    memberPermit: BreakerPermit | undefined,
  ): void {
    const flight = this.#landedFlights.pop() ?? new Flight(this, member, receiver);
    flight.event = event;
    flight.permit = permit;
    flight.member = member;
    flight.receiver = receiver;
    flight.before = before;
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
      } else if (this.#members.some((member) => this.#choice.canTake(member))) {
        // Otherwise those who left took their room with them; then the event waits once more.
        this.#context.countRetry();
        const handled = this.#attempt(event, permit, receiver, outcome);
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

  #end(member: Member, startedAt: number, permit: BreakerPermit | undefined, succeeded: boolean): void {
    member.inFlight--;
    if (member.hasLeft) this.#leftBehind--;
    this.#tellEjection(member, startedAt, permit, succeeded);
    if (this.#choice.isLearning) this.#choice.settled(member, this.#context.clock.now() - startedAt, succeeded);
  }

  #tellEjection(member: Member, startedAt: number, permit: BreakerPermit | undefined, succeeded: boolean): void {
    if (this.#ejection === undefined || member.hasLeft) return;
    const now = this.#context.clock.now();
    if (member.context.signal.aborted && !succeeded) this.#ejection.release(member.id, permit);
    else this.#ejection.record(member.id, permit, succeeded, now, now - startedAt);
    this.#updateRoom();
  }
}
