import { isLlmspellError, type Timer } from "@llmspell/base";
import type { BreakerPermit, CircuitBreaker, TokenBucket } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import type { ChannelContext } from "./channel-context.ts";
import type { CoarseClock } from "./coarse-clock.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { type DeliveryFailure, type DeliveryReceiver, type Handled, type Outcome, PENDING } from "./delivery.ts";
import { DurationSampling } from "./duration-sampling.ts";
import { FastLane, type LaneContext } from "./fast-lane.ts";
import { knownMemoryQueue } from "./memory-queue.ts";
import type { Queue } from "./queue.ts";
import { QueueFailure, type QueueGuard } from "./queue-guard.ts";
import type { Settlements } from "./settlements.ts";
import type { Single, SubscriberPool } from "./subscriber-pool.ts";

/** After so many events without a pause the event loop gets its turn: a channel that feeds itself would stop everything. */
const LONGEST_RUN = 10_000;

/** What the dispatcher of a channel works with, and whom it tells. */
export interface DispatcherContext extends ChannelContext {
  readonly queue: Queue;
  readonly guard: QueueGuard;
  readonly breaker: CircuitBreaker | undefined;
  readonly subscribers: SubscriberPool;
  readonly settlements: Settlements;
  readonly bucket: TokenBucket | undefined;
  readonly deadLetters: DeadLetters;
  /** So much was handed out without a pause that other work must come first now. */
  rest(): void;
  /** An event has left the queue. */
  left(): void;
  /** An event that had come by the fast lane goes on as others do. */
  tookOver(): void;
  /** What the channel's lanes were opened for may not hold any more. */
  closeLanes(): void;
  /** Whether the door has nothing to check that the fast lane does not. */
  mayOpenLane(): boolean;
  /** Nothing is handed out any more for the moment. */
  paused(): void;
}

/** Hands the events of a channel to its subscribers, as fast as these and the circuit breaker let it; counts how they end. */
export class Dispatcher implements DeliveryReceiver, LaneContext {
  delivered = 0;
  failed = 0;
  shed = 0;
  /** Events that it was too late for when their turn came. */
  expired = 0;
  retries = 0;
  inFlight = 0;
  readonly durations: DurationSampling;
  /** For urgent events that are emitted in a row. */
  readonly lane: FastLane;
  /** For events that are taken from the queue in a row: they have been admitted, so no tokens are taken for them. */
  readonly row: FastLane;
  readonly #context: DispatcherContext;
  readonly #queue: Queue;
  readonly #guard: QueueGuard;
  readonly #clock: CoarseClock;
  readonly #breaker: CircuitBreaker | undefined;
  readonly #subscribers: SubscriberPool;
  readonly #settlements: Settlements;
  /** Whether events may pass by the queue: only one whose ways are known, and that keeps nothing for later. */
  readonly #mayBypass: boolean;
  /** When handling began, for a breaker that wants to know how long it takes; otherwise nothing is kept here. */
  readonly #startedAt: Map<BusEvent, number> | undefined;
  #state: "waiting" | "running" | "stopping" | "stopped" = "waiting";
  #isHandingOut = false;
  #breakerTimer: Timer | undefined;
  #allHandled: (() => void) | undefined;

  constructor(context: DispatcherContext) {
    this.#context = context;
    this.#queue = context.queue;
    this.#guard = context.guard;
    this.#breaker = context.breaker;
    this.#subscribers = context.subscribers;
    this.#settlements = context.settlements;
    this.#startedAt = context.breaker?.watchesDuration === true ? new Map() : undefined;
    this.#mayBypass = knownMemoryQueue(context.queue) !== undefined;
    this.#clock = context.coarseClock;
    this.durations = new DurationSampling(context.coarseClock);
    this.lane = new FastLane(this, context.coarseClock, this.durations, context.breaker, context.bucket);
    this.row = new FastLane(this, context.coarseClock, this.durations, context.breaker, undefined);
  }

  /** Whether events are with subscribers, or wait for their next attempt. */
  get isBusy(): boolean {
    return this.inFlight > 0 || this.lane.isBusy || this.row.isBusy;
  }

  run(): void {
    this.#state = "running";
  }

  /** Hands an accepted event to the subscribers at once, if nothing stands before it; whether it did. */
  handOutDirectly(event: BusEvent): boolean {
    if (!this.#mayBypass || this.#isHandingOut || this.#queue.size > 0) return false;
    if (this.#state !== "running" || !this.#subscribers.haveRoom || this.lane.isBusy) return false;
    const permit = this.#breaker?.tryAcquire();
    if (permit === undefined && this.#breaker !== undefined) return false;
    this.#isHandingOut = true;
    this.#handOut(event, permit);
    this.#isHandingOut = false;
    // What its handlers have emitted into the channel is waiting now.
    if (this.#queue.size > 0) this.pump();
    else if (this.durations.isFast) this.#openLane();
    else if (this.#context.progress.isWatched) this.#context.paused();
    return true;
  }

  /** Hands out waiting events for as long as every group has room. */
  pump(): void {
    // A handler that emits into its own channel comes back here; the loop below takes what it has added.
    if (this.#isHandingOut || this.lane.isBusy) return;
    this.#isHandingOut = true;
    let left = LONGEST_RUN;
    while (left > 0 && this.#canHandOut() && this.#handOutNext()) {
      left -= 1 + this.#handOutRow();
      this.#context.left();
    }
    this.#isHandingOut = false;
    if (left <= 0) this.#context.rest();
    if (this.#context.progress.isWatched) this.#context.paused();
  }

  ended(event: BusEvent, permit: BreakerPermit | undefined, outcome: Outcome): void {
    this.#settle(event, permit, outcome);
    this.pump();
  }

  tookTime(event: BusEvent, singles: readonly Single[], index: number, running: PromiseLike<unknown>): void {
    this.#takeOver(event, (permit) => this.#subscribers.adopt(singles, index, running, event, permit, this));
  }

  threw(event: BusEvent, singles: readonly Single[], index: number, error: unknown): void {
    this.#takeOver(event, (permit) => this.#subscribers.adoptFailure(singles, index, error, event, permit, this));
  }

  /** An event will not be handled: it was removed from the queue, or the queue did not take it back. */
  drop(event: BusEvent): void {
    this.shed++;
    this.#settlements.settle(event.sequence, { outcome: "shed" });
  }

  /** Hands out nothing more, and waits for the handlers that run, `grace` milliseconds at most. */
  async stop(grace: number): Promise<void> {
    this.#state = "stopping";
    this.#breakerTimer?.cancel();
    if (this.inFlight === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#allHandled = resolve;
    const abort = new AbortController();
    await Promise.race([promise, this.#context.clock.sleep(grace, abort.signal).catch(() => undefined)]);
    abort.abort();
  }

  /** From now on the queue is closed. */
  close(): void {
    this.#state = "stopped";
  }

  /** Goes on with an event that has left the fast lane, or the row. */
  #takeOver(event: BusEvent, goOn: (permit: BreakerPermit | undefined) => Handled): void {
    const isInRow = this.#isHandingOut;
    if (!isInRow) this.#context.tookOver();
    this.inFlight++;
    const permit = this.#breaker?.tryAcquire();
    this.#isHandingOut = true;
    const handled = goOn(permit);
    this.#isHandingOut = isInRow;
    if (handled !== PENDING) this.#settle(event, permit, handled);
    this.pump();
  }

  /** Whether the breaker needs no look at each event: it is closed, and does not ask how long handling takes. */
  get #mayGoUnwatched(): boolean {
    return this.#breaker === undefined || (this.#startedAt === undefined && this.#breaker.state === "closed");
  }

  #openLane(): void {
    const { singles } = this.#subscribers;
    if (singles !== undefined && this.#mayGoUnwatched && this.#context.mayOpenLane()) this.lane.openTillPause(singles);
  }

  #canHandOut(): boolean {
    return this.#queue.size > 0 && this.#subscribers.haveRoom && this.#state === "running";
  }

  /** Hands out one event, if the breaker and the queue let it; whether it did. */
  #handOutNext(): boolean {
    const permit = this.#breaker?.tryAcquire();
    if (permit === undefined && this.#breaker !== undefined) {
      this.#pumpWhenBreakerAllows(this.#breaker);
      return false;
    }
    const event = this.#guard.dequeue();
    if (event === undefined || event instanceof QueueFailure) {
      if (permit !== undefined) this.#breaker?.release(permit);
      if (event !== undefined) this.#context.requestFlush();
      return false;
    }
    if (event.expiresAt !== undefined && this.#expires(event)) {
      if (permit !== undefined) this.#breaker?.release(permit);
    } else {
      this.#handOut(event, permit);
    }
    return true;
  }

  /** Whether it is too late for the event; then it is counted, and passed on as a dead letter. */
  #expires(event: BusEvent): boolean {
    if ((event.expiresAt ?? Number.POSITIVE_INFINITY) > this.#context.clock.now()) return false;
    this.inFlight++;
    this.#giveUp(event, undefined);
    return true;
  }

  /**
   * Hands out more, after one that was handled at once, for as long as there is nothing to look at in between.
   *
   * @returns how many
   */
  #handOutRow(): number {
    if (!this.#mayBypass || !this.durations.isFast || !this.#canHandOut()) return 0;
    const { singles } = this.#subscribers;
    if (singles === undefined || !this.#mayGoUnwatched) return 0;
    const { row } = this;
    row.open(singles);
    let count = 0;
    // Whatever could end the room, or the running, closes the row.
    while (row.credit > 0) {
      const event = this.#queue.dequeue();
      if (event === undefined) break;
      count++;
      if (event.expiresAt !== undefined && this.#expires(event)) continue;
      if (row.pass(event)) this.#settlements.delivered(event.sequence);
    }
    row.close();
    return count;
  }

  #pumpWhenBreakerAllows(breaker: CircuitBreaker): void {
    const delay = breaker.retryAfter;
    // Half-open with all trials under way: the end of a trial pumps.
    if (delay === 0 || this.#breakerTimer !== undefined) return;
    this.#breakerTimer = this.#context.clock.setTimeout(() => {
      this.#breakerTimer = undefined;
      this.pump();
    }, delay);
  }

  #handOut(event: BusEvent, permit: BreakerPermit | undefined): void {
    this.inFlight++;
    const began = this.#clock.now();
    this.#startedAt?.set(event, this.#context.clock.now());
    const handled = this.#subscribers.handle(event, permit, this);
    if (handled === PENDING) return;
    if (handled !== undefined || this.#state !== "running" || this.#startedAt !== undefined) {
      this.#settle(event, permit, handled);
      return;
    }
    // The same as `#settle` does, for an event that was handled at once: the way of most.
    this.inFlight--;
    this.delivered++;
    if (permit !== undefined) this.#breaker?.record(permit, true, began.time);
    this.durations.handledAtOnce(event, began);
    this.#settlements.delivered(event.sequence);
    if (!this.#mayBypass) this.#guard.acknowledge(event);
  }

  #settle(event: BusEvent, permit: BreakerPermit | undefined, failure: Outcome): void {
    this.#context.closeLanes();
    if (permit !== undefined) this.#tellBreaker(event, permit, failure);
    if (failure === undefined) this.#succeed(event);
    else if (failure.cutOff && this.#state !== "stopped") this.#putBack(event);
    else this.#giveUp(event, failure);
  }

  #succeed(event: BusEvent): void {
    this.delivered++;
    this.durations.handledLater(event);
    this.#settlements.delivered(event.sequence);
    this.#forget(event);
    this.#landed();
  }

  #putBack(event: BusEvent): void {
    if (!this.#guard.giveBack(event)) this.drop(event);
    this.#landed();
  }

  /**
   * Gives up an event that failed, or that expired when there is no failure. It is in flight until its dead letter is
   * stored: forgotten any sooner, it would be nowhere if the process ended in between.
   */
  #giveUp(event: BusEvent, failure: DeliveryFailure | undefined): void {
    const { deadLetters } = this.#context;
    const passedOn = failure === undefined ? deadLetters.takeExpired(event) : deadLetters.take(event, failure);
    if (typeof passedOn === "boolean") {
      this.#givenUp(event, failure, passedOn);
      return;
    }
    void passedOn.then((isKept) => {
      this.#context.closeLanes();
      this.#givenUp(event, failure, isKept);
      this.pump();
    });
  }

  #givenUp(event: BusEvent, failure: DeliveryFailure | undefined, isPassedOn: boolean): void {
    // At a stop the dead-letter channel may have closed first. Before one, putting the event back would have it fail for ever.
    if (!isPassedOn && this.#queue.durable && this.#state === "stopping") {
      this.#putBack(event);
      return;
    }
    if (failure === undefined) {
      this.expired++;
      this.#settlements.settle(event.sequence, { outcome: "expired" });
    } else {
      this.failed++;
      this.durations.handledLater(event);
      this.#settlements.settle(event.sequence, { outcome: "failed", error: failure.error });
    }
    this.#forget(event);
    this.#landed();
  }

  #forget(event: BusEvent): void {
    if (!this.#mayBypass && this.#state !== "stopped") this.#guard.acknowledge(event);
  }

  /** To be called when an event is with nobody any more. */
  #landed(): void {
    this.inFlight--;
    if (this.inFlight > 0) return;
    this.#allHandled?.();
    if (this.#subscribers.isEmpty) this.#settlements.abandon();
  }

  /** The breaker watches handlers: an event that was cut off, or that no handler was chosen for, tells it nothing. */
  #tellBreaker(event: BusEvent, permit: BreakerPermit, failure: Outcome): void {
    const startedAt = this.#startedAt?.get(event);
    this.#startedAt?.delete(event);
    if (failure?.cutOff === true || isLlmspellError(failure?.error, "LLMSPELL_E_CHANNEL_BALANCER")) {
      this.#breaker?.release(permit);
    } else if (startedAt === undefined) {
      this.#breaker?.record(permit, failure === undefined, this.#clock.now().time);
    } else {
      const now = this.#context.clock.now();
      this.#breaker?.record(permit, failure === undefined, now, now - startedAt);
    }
  }
}
