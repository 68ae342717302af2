import type { Clock } from "@llmspell/base";
import type { CircuitBreaker } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import type { EmissionObservers } from "./emission-observers.ts";
import { BREAKER_OPEN, NO_SUBSCRIBERS, RATE_LIMITED, REJECTED, type Refusal } from "./emit-result.ts";
import type { FlowGate } from "./flow-gate.ts";
import type { ChannelOptions } from "./generated/options.ts";
import { knownMemoryQueue, type MemoryQueue } from "./memory-queue.ts";
import type { PressureValve } from "./pressure-valve.ts";
import type { Priority } from "./priority.ts";
import type { Queue } from "./queue.ts";
import type { QueueFailure, QueueGuard } from "./queue-guard.ts";
import type { RateLimit } from "./rate-limit.ts";
import { RoomQueue } from "./room-queue.ts";

/** Why an event was refused, and the error behind it where there is one. */
export interface RefusedEntry {
  readonly refusal: Refusal;
  readonly error?: unknown;
}

export interface AdmissionOptions {
  readonly capacity: number;
  readonly overflow: NonNullable<ChannelOptions["overflow"]>;
}

/** What a channel's admission works with, and whom it tells. */
export interface AdmissionContext {
  /** The channel's name. */
  readonly channel: string;
  readonly clock: Clock;
  readonly observers: EmissionObservers;
  readonly queue: Queue;
  readonly guard: QueueGuard;
  readonly breaker: CircuitBreaker | undefined;
  readonly rateLimit: RateLimit | undefined;
  readonly valve: PressureValve;
  readonly gate: FlowGate;
  /** Hands an urgent event to subscribers at once, past the queue; whether it did. */
  handOutDirectly(event: BusEvent): boolean;
  /** An event has entered the queue. */
  entered(priority: Priority): void;
  /** A waiting event was dropped to make room. */
  dropped(event: BusEvent): void;
  /** An event that waited outside was refused. */
  turnedAway(): void;
  /** Refusing has begun, after a time without it. */
  refusing(refusal: Refusal): void;
}

/** After this long without a refusal the next one is news again; milliseconds. */
const RECOVERY = 10_000;

/** A channel's door: who may enter the queue, who waits outside, who is turned away. Counts them all. */
export class Admission {
  offered = 0;
  accepted = 0;
  rateLimited = 0;
  breakerOpen = 0;
  rejected = 0;
  noSubscribers = 0;
  /** Events that were offered and neither accepted nor refused yet. */
  blocked = 0;
  /** Without subscribers only a durable queue takes events. */
  hasSubscribers = false;
  readonly #capacity: number;
  readonly #overflow: AdmissionOptions["overflow"];
  readonly #context: AdmissionContext;
  readonly #observers: EmissionObservers;
  readonly #queue: Queue;
  readonly #memory: MemoryQueue | undefined;
  readonly #breaker: CircuitBreaker | undefined;
  readonly #rateLimit: RateLimit | undefined;
  readonly #valve: PressureValve;
  readonly #gate: FlowGate;
  readonly #room = new RoomQueue();
  /** Places that are taken but not yet by an event in the queue: it is being stored, or its emitter was just admitted. */
  #reserved = 0;
  #isOpen = false;
  #lastRefusal = Number.NEGATIVE_INFINITY;

  constructor({ capacity, overflow }: AdmissionOptions, context: AdmissionContext) {
    this.#capacity = capacity;
    this.#overflow = overflow;
    this.#context = context;
    this.#observers = context.observers;
    this.#queue = context.queue;
    this.#memory = knownMemoryQueue(context.queue);
    this.#breaker = context.breaker;
    this.#rateLimit = context.rateLimit;
    this.#valve = context.valve;
    this.#gate = context.gate;
  }

  /** Lets an event in, or refuses it, without waiting. */
  offer(event: BusEvent, priority: Priority): Refusal | undefined {
    this.offered++;
    const atDoor = this.#refusalAtDoor(priority);
    if (atDoor !== undefined) return this.#refuse(atDoor);
    if (this.#isHeldUp(event, priority)) return this.#refuseForRate();
    const refusal = this.#refusalInside(event, priority, false);
    if (refusal !== undefined) return this.#refuse(refusal);
    const stored = this.#store(event, priority);
    return stored instanceof Promise ? undefined : stored?.refusal;
  }

  /**
   * Lets an event in, waiting for room where the channel blocks, and until the queue has safely stored it. Answers at
   * once when there is nothing to wait for.
   *
   * @returns why it was refused, `undefined` when it is in; a promise of that, which never rejects, when it has to wait
   */
  enter(
    event: BusEvent,
    priority: Priority,
    signal: AbortSignal | undefined,
  ): undefined | RefusedEntry | Promise<RefusedEntry | undefined> {
    this.offered++;
    const refusal = this.#refusalAtDoor(priority);
    if (refusal !== undefined) return { refusal: this.#refuse(refusal) };
    return this.#isHeldUp(event, priority)
      ? this.#enterWhenDue(event, priority, signal)
      : this.#enterInside(event, priority, signal);
  }

  /** From now on events are let in; until then everyone is refused. Counts those that were in the queue already. */
  open(): void {
    this.#isOpen = true;
    const { size } = this.#queue;
    this.offered += size;
    this.accepted += size;
  }

  /** To be called when events have left the queue: lets in those who wait. */
  admitWaiting(): void {
    while (this.#room.length > 0 && this.#hasPlace()) {
      this.#reserved++;
      this.#room.admitOne();
    }
  }

  /**
   * Nobody is left to make room. Where events are not kept for the next run, those who wait for it are refused, as they would be
   * if they came only now; otherwise they would wait for ever.
   */
  lastSubscriberLeft(): void {
    this.hasSubscribers = false;
    if (!this.#queue.durable) this.#room.turnAllAway();
  }

  /** Whether those who are neither accepted nor refused yet, if any, wait for a subscriber to make room. */
  get awaitsRoomOnly(): boolean {
    return this.blocked === this.#room.length;
  }

  /** Whether nobody waits for room, which an event that is handled at once does not need, and nobody observes. */
  get isUnwatched(): boolean {
    return this.#room.length === 0 && this.#reserved === 0 && !this.#observers.areThere;
  }

  /** How many normal events may come in that only the rate limit has to be asked about; 0 when more has to be. */
  get roomInRow(): number {
    const isShut = !this.#isOpen || !this.hasSubscribers || this.#breaker?.state === "open";
    const isHeldBack = this.#valve.level === "sheds_normal" || this.#gate.isLimiting;
    return isShut || isHeldBack || !this.isUnwatched ? 0 : this.#capacity - this.#queue.size;
  }

  /** Counts an event that came in by the fast lane, and has left it. */
  acceptFromLane(): void {
    this.offered++;
    this.accepted++;
  }

  /** From now on everyone is refused. */
  close(): void {
    this.#isOpen = false;
    this.#room.turnAllAway();
    this.#gate.close();
  }

  #enterInside(
    event: BusEvent,
    priority: Priority,
    signal: AbortSignal | undefined,
  ): undefined | RefusedEntry | Promise<RefusedEntry | undefined> {
    const refusal = this.#refusalInside(event, priority, true);
    if (refusal !== undefined) return { refusal: this.#refuse(refusal) };
    if (this.#overflow === "block" && !this.#hasRoom()) return this.#enterWhenRoom(event, priority, signal);
    return this.#store(event, priority);
  }

  /** Waits for the event's turn, where the channel is slowed down; then it is as if it came only now. */
  async #enterWhenDue(
    event: BusEvent,
    priority: Priority,
    signal: AbortSignal | undefined,
  ): Promise<RefusedEntry | undefined> {
    const gate = this.#gate;
    if (signal?.aborted || !gate.hasPlaceFor(priority))
      return { refusal: this.#refuseForRate(), error: signal?.reason };
    gate.delayed++;
    this.blocked++;
    const isDue = await gate.wait(priority, signal);
    this.blocked--;
    const refused = isDue ? await this.#enterDue(event, priority, signal) : this.#refuseUndue(signal);
    if (refused !== undefined) this.#context.turnedAway();
    return refused;
  }

  #enterDue(
    event: BusEvent,
    priority: Priority,
    signal: AbortSignal | undefined,
  ): undefined | RefusedEntry | Promise<RefusedEntry | undefined> {
    const refusal = this.#refusalAtDoor(priority);
    return refusal === undefined ? this.#enterInside(event, priority, signal) : { refusal: this.#refuse(refusal) };
  }

  /** Its emitter has given up waiting, or the channel was closed meanwhile. */
  #refuseUndue(signal: AbortSignal | undefined): RefusedEntry {
    return { refusal: this.#isOpen ? this.#refuseForRate() : this.#refuse(REJECTED), error: signal?.reason };
  }

  async #enterWhenRoom(
    event: BusEvent,
    priority: Priority,
    signal: AbortSignal | undefined,
  ): Promise<RefusedEntry | undefined> {
    this.blocked++;
    const hasRoom = await this.#room.wait(signal);
    this.blocked--;
    if (hasRoom) this.#reserved--;
    // It may have been closed since the room was given.
    if (hasRoom && this.#isOpen) return this.#store(event, priority);
    const isUnheard = this.#isOpen && signal?.aborted !== true;
    const refusal = this.#refuse(isUnheard ? NO_SUBSCRIBERS : REJECTED);
    this.#context.turnedAway();
    return { refusal, error: signal?.reason };
  }

  /** Whether a flow controller has the event wait. A dead letter was let in before: it would be lost. */
  #isHeldUp(event: BusEvent, priority: Priority): boolean {
    const gate = this.#gate;
    return gate.isLimiting && !gate.admits(priority) && event.deadLetter === undefined;
  }

  #refuseForRate(): Refusal {
    this.#gate.refused++;
    return this.#refuse(RATE_LIMITED);
  }

  #refusalAtDoor(priority: Priority): Refusal | undefined {
    if (!this.#isOpen) return REJECTED;
    if (!this.hasSubscribers && !this.#queue.durable) return NO_SUBSCRIBERS;
    if (this.#breaker !== undefined && this.#breaker.state === "open") return BREAKER_OPEN;
    return this.#valve.admits(priority) ? undefined : REJECTED;
  }

  #refusalInside(event: BusEvent, priority: Priority, mayWait: boolean): Refusal | undefined {
    if (!this.#hasRoom()) return this.#refusalWhenFull(event, priority, mayWait);
    return this.#rateLimit === undefined || this.#rateLimit.tryTake(event) ? undefined : RATE_LIMITED;
  }

  #refusalWhenFull(event: BusEvent, priority: Priority, mayWait: boolean): Refusal | undefined {
    const overflow = this.#overflow;
    if (overflow === "reject" || (overflow === "block" && !mayWait)) return REJECTED;
    if (this.#rateLimit?.tryTake(event) === false) return RATE_LIMITED;
    return overflow === "drop_oldest" && !this.#dropOldest(priority) ? REJECTED : undefined;
  }

  #refuse(refusal: Refusal): Refusal {
    if (refusal === RATE_LIMITED) this.rateLimited++;
    else if (refusal === BREAKER_OPEN) this.breakerOpen++;
    else if (refusal === NO_SUBSCRIBERS) this.noSubscribers++;
    else this.rejected++;
    const now = this.#context.clock.now();
    if (this.#isOpen && now - this.#lastRefusal >= RECOVERY) this.#context.refusing(refusal);
    this.#lastRefusal = now;
    return refusal;
  }

  /** Whether an event may go in now: there is a place, and nobody was here before. */
  #hasRoom(): boolean {
    return this.#room.length === 0 && this.#hasPlace();
  }

  #hasPlace(): boolean {
    return this.#queue.size + this.#reserved < this.#capacity;
  }

  #dropOldest(newcomer: Priority): boolean {
    const dropped = this.#context.guard.evict(newcomer);
    if (dropped === undefined) return false;
    this.#context.dropped(dropped);
    return true;
  }

  #store(event: BusEvent, priority: Priority): undefined | RefusedEntry | Promise<RefusedEntry | undefined> {
    // A queue in memory neither fails nor takes time: for what is not urgent this is all.
    const memory = this.#memory;
    if (memory !== undefined) {
      this.accepted++;
      if (this.#observers.areThere) this.#observers.accepted(event, this.#context.channel);
      if ((priority === "critical" || priority === "high") && this.#context.handOutDirectly(event)) return undefined;
      memory.enqueue(event, priority);
      this.#context.entered(priority);
      return undefined;
    }
    const storing = this.#context.guard.enqueue(event, priority);
    if (!(storing instanceof Promise)) return this.#stored(event, storing, priority);
    this.#reserved++;
    this.blocked++;
    return storing.then((failure) => {
      this.#reserved--;
      this.blocked--;
      return this.#stored(event, failure, priority);
    });
  }

  #stored(event: BusEvent, failure: QueueFailure | undefined, priority: Priority): RefusedEntry | undefined {
    if (failure === undefined) {
      this.accepted++;
      if (this.#observers.areThere) this.#observers.accepted(event, this.#context.channel);
      this.#context.entered(priority);
      return undefined;
    }
    const refusal = this.#refuse(REJECTED);
    // The place that it was to have is free again.
    this.admitWaiting();
    this.#context.turnedAway();
    return { refusal, error: failure.error };
  }
}
