import { type BreakerState, CircuitBreaker, TokenBucket } from "@llmspell/resilience";
import { Admission, type RefusedEntry } from "./admission.ts";
import type { BusEvent } from "./bus-event.ts";
import type { ChannelContext } from "./channel-context.ts";
import { channelStatsOf } from "./channel-stats.ts";
import { createSubscribers } from "./channel-subscribers.ts";
import { DeadLetters } from "./dead-letters.ts";
import { Dispatcher } from "./dispatcher.ts";
import { outcomeOfRefusal, type Refusal, type RouteResult } from "./emit-result.ts";
import { EntryLane } from "./entry-lane.ts";
import { compileEventKey } from "./event-key.ts";
import type { FastLane } from "./fast-lane.ts";
import { FlowGate } from "./flow-gate.ts";
import { type ChannelOptions, channelOptionsDefaults } from "./generated/options.ts";
import type { Lane } from "./lane.ts";
import { knownMemoryQueue } from "./memory-queue.ts";
import { OrderedQueue } from "./ordered-queue.ts";
import { PressureValve } from "./pressure-valve.ts";
import { isAwaited, type Priority } from "./priority.ts";
import type { Queue } from "./queue.ts";
import { QueueGuard } from "./queue-guard.ts";
import type { RateLimit } from "./rate-limit.ts";
import { type Settlement, Settlements, STILL_QUEUED } from "./settlements.ts";
import type { ChannelStats } from "./stats.ts";
import type { EventHandler, SubscribeOptions } from "./subscriber.ts";
import type { SubscriberPool } from "./subscriber-pool.ts";

/** How long the channel waits for handlers that were told to stop; milliseconds. */
const STOP_GRACE = 5000;

/** One channel: admits events, keeps them in its queue, and hands each to every group of its subscribers. */
export class Channel {
  readonly name: string;
  readonly priority: Priority;
  /** The short way for urgent events, where it is open. */
  readonly lane: FastLane;
  /** The short way into the queue for normal events; `undefined` where each must be looked at. */
  readonly entry: EntryLane | undefined;
  readonly valve = new PressureValve();
  readonly gate: FlowGate;
  readonly #capacity: number;
  readonly #context: ChannelContext;
  readonly #queue: Queue;
  readonly #breaker: CircuitBreaker | undefined;
  readonly #admission: Admission;
  readonly #dispatcher: Dispatcher;
  readonly #subscribers: SubscriberPool;
  readonly #settlements = new Settlements();
  readonly #guard: QueueGuard;
  readonly #deadLetters: DeadLetters;
  /** What `submit` answers for each event that it need not wait for. */
  readonly #queued: RouteResult;
  #state: "opening" | "running" | "closing" | "closed" = "opening";
  #wantsPromptFlush = false;
  /** Whether it waits for the next turn of the event loop before it hands out more. */
  #isResting = false;

  /** @throws LLMSPELL_E_DURATION, LLMSPELL_E_RATE, LLMSPELL_E_EXPRESSION, and what creating the queue throws */
  constructor(name: string, options: ChannelOptions, context: ChannelContext) {
    const settings = { ...channelOptionsDefaults, ...options };
    const { clock } = context;
    const { circuitBreaker, rateLimit, burst, orderBy } = settings;
    this.name = name;
    this.#queued = { channel: name, outcome: "queued" };
    this.priority = settings.priority;
    this.#capacity = settings.capacity;
    this.gate = new FlowGate(context.flowRate, settings.capacity, clock);
    this.#deadLetters = new DeadLetters(name, settings.deadLetter, context);
    this.#context = context;
    const queue = context.createQueue(settings.queue, `channel ${name}`);
    const failed = (problem: string, error: unknown) => this.#guard.report(problem, error);
    const ordered = orderBy === undefined ? undefined : new OrderedQueue(queue, compileEventKey(orderBy), failed);
    this.#queue = ordered ?? queue;
    this.#guard = new QueueGuard(name, this.#queue, context.log);
    this.#breaker = circuitBreaker === undefined ? undefined : new CircuitBreaker(circuitBreaker, { clock });
    const limit = rateLimit === undefined ? undefined : context.createRateLimit(rateLimit, burst);
    // Only a bucket that is this channel's alone can be paid from in advance.
    const bucket = limit instanceof TokenBucket ? limit : undefined;
    this.#subscribers = createSubscribers(settings, {
      ...context,
      channel: name,
      keyOf: ordered === undefined ? undefined : (event) => ordered.keyOf(event) ?? event.key,
      countRetry: () => {
        this.#dispatcher.retries++;
      },
    });
    this.#dispatcher = this.#createDispatcher(bucket, limit === bucket);
    this.lane = this.#dispatcher.lane;
    this.entry = limit === bucket ? this.#createEntryLane(bucket) : undefined;
    this.#admission = this.#createAdmission(settings, limit);
    if (!this.#queue.durable) this.#run();
  }

  /** How many events wait in its queue. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Which share of its capacity is taken, from 0 to 1. */
  get fullness(): number {
    return Math.min(1, this.#queue.size / this.#capacity);
  }

  /** How many events its subscribers have handled so far. */
  get handled(): number {
    return this.#dispatcher.delivered + this.lane.handled + this.#dispatcher.row.handled;
  }

  /** How many events asked to come in so far. */
  get offered(): number {
    return this.#admission.offered + this.lane.entered + (this.entry?.entered ?? 0);
  }

  /** How many events its subscribers were done with so far, whatever became of them. */
  get finished(): number {
    return this.handled + this.#dispatcher.failed + this.#dispatcher.expired;
  }

  /** Whether there are subscribers, but none has room. */
  get isBusy(): boolean {
    return !this.#subscribers.isEmpty && !this.#subscribers.haveRoom;
  }

  get breakerState(): BreakerState | undefined {
    return this.#breaker?.state;
  }

  /** Whether nothing waits or is under way that could be handled. */
  get isIdle(): boolean {
    if (this.#state === "closed") return true;
    if (this.#dispatcher.isBusy) return false;
    if (this.#subscribers.isEmpty) return this.#admission.awaitsRoomOnly;
    return this.#queue.size === 0 && this.#admission.blocked === 0;
  }

  /**
   * Opens a durable queue; what an earlier run left in it counts as accepted. Nothing is let in or handed out before that.
   * Does nothing once it is open.
   */
  async open(): Promise<void> {
    if (this.#state !== "opening") return;
    await this.#queue.open?.(() => this.pump());
    if (this.#state === "opening") this.#run();
    if (this.#queue.size > 0) this.#context.requestFlush();
  }

  /** The short way for events of a priority, where there is one. */
  laneFor(priority: Priority): Lane | undefined {
    if (priority === "normal") return this.entry;
    return isAwaited(priority) ? this.lane : undefined;
  }

  /** To be called when something happens that those who come by a short way might have to know of. */
  closeLanes(): void {
    this.#closeEntrances();
    this.#dispatcher.row.close();
  }

  /** Admits an event, or refuses it, without waiting. */
  offer(event: BusEvent, priority: Priority): Refusal | undefined {
    this.#closeEntrances();
    return this.#admission.offer(event, priority);
  }

  /** The same, where the next event may take the short way. */
  offerInRow(event: BusEvent, priority: Priority): Refusal | undefined {
    const refusal = this.offer(event, priority);
    if (refusal === undefined && priority === "normal" && !this.#isResting) this.entry?.openForNext();
    return refusal;
  }

  /**
   * Admits an event, waiting for room where the channel blocks.
   *
   * @param awaitsHandling whether one that is critical or high is awaited to its end
   */
  submit(
    event: BusEvent,
    priority: Priority,
    signal: AbortSignal | undefined,
    awaitsHandling: boolean,
  ): RouteResult | Promise<RouteResult> {
    this.#closeEntrances();
    const awaits = awaitsHandling && isAwaited(priority) && !this.#subscribers.isEmpty;
    const settled = awaits ? this.#settlements.wait(event.sequence, signal) : undefined;
    const entry = this.#admission.enter(event, priority, signal);
    return entry instanceof Promise
      ? entry.then((refused) => this.#resultOf(event, refused, settled))
      : this.#resultOf(event, entry, settled);
  }

  /** @throws LLMSPELL_E_CHANNEL_SUBSCRIBER */
  subscribe(handler: EventHandler, options: SubscribeOptions): Disposable {
    const { signal } = options;
    this.closeLanes();
    const subscription = this.#subscribers.add(handler, options);
    this.#admission.hasSubscribers = true;
    const end = () => {
      signal?.removeEventListener("abort", end);
      this.closeLanes();
      subscription[Symbol.dispose]();
      this.#afterLeaving();
    };
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end);
    if (this.#queue.size > 0) this.#context.requestFlush();
    return { [Symbol.dispose]: end };
  }

  /** Whether events came in that are to be handed out when the code that emitted them has ended. */
  get wantsPromptFlush(): boolean {
    return this.#wantsPromptFlush && !this.#isResting;
  }

  /** Hands out waiting events for as long as every group has room. */
  pump(): void {
    this.#wantsPromptFlush = false;
    this.#isResting = false;
    this.#closeEntrances();
    this.#dispatcher.pump();
  }

  /**
   * Stops: refuses new events, waits for the handlers that run (they have been told by the signal), sheds what waits in a
   * queue that is not durable.
   */
  async close(): Promise<void> {
    if (this.#state === "closing" || this.#state === "closed") return;
    this.#state = "closing";
    this.closeLanes();
    this.#admission.close();
    await this.#dispatcher.stop(STOP_GRACE);
    const { inFlight } = this.#dispatcher;
    if (inFlight > 0) {
      this.#context.log.warn(`Channel ${this.name} stopped while ${inFlight} events were still being handled.`);
    }
    await this.#guard.settled();
    while (!this.#queue.durable && this.#queue.size > 0) {
      const event = this.#guard.evict("critical");
      if (event === undefined) break;
      this.#dispatcher.drop(event);
    }
    this.#settlements.abandon();
    this.#state = "closed";
    this.#dispatcher.close();
    await this.#queue.close?.();
  }

  stats(): ChannelStats {
    this.closeLanes();
    return channelStatsOf({
      admission: this.#admission,
      dispatcher: this.#dispatcher,
      entry: this.entry,
      queue: this.#queue,
      guard: this.#guard,
      deadLetters: this.#deadLetters,
      subscribers: this.#subscribers,
      breaker: this.#breaker,
      valve: this.valve,
      gate: this.gate,
    });
  }

  #createDispatcher(bucket: TokenBucket | undefined, mayUseLane: boolean): Dispatcher {
    return new Dispatcher({
      ...this.#context,
      bucket,
      queue: this.#queue,
      guard: this.#guard,
      breaker: this.#breaker,
      subscribers: this.#subscribers,
      settlements: this.#settlements,
      deadLetters: this.#deadLetters,
      rest: () => {
        this.#isResting = true;
        this.entry?.close();
        this.#context.requestFlush(0);
      },
      left: () => this.#admission.admitWaiting(),
      closeLanes: () => this.closeLanes(),
      tookOver: () => this.#admission.acceptFromLane(),
      mayOpenLane: () => mayUseLane && this.#admission.isUnwatched,
      paused: () => this.#tellWhenIdle(),
    });
  }

  /** What comes in by another way ends the row of those who come in by these. */
  #closeEntrances(): void {
    this.lane.close();
    this.entry?.close();
  }

  #createEntryLane(bucket: TokenBucket | undefined): EntryLane | undefined {
    const queue = knownMemoryQueue(this.#queue);
    if (queue === undefined) return undefined;
    const { batchSize, coarseClock } = this.#context;
    const room = () => this.#admission.roomInRow;
    const requestPromptFlush = () => this.#requestPromptFlush();
    return new EntryLane({ batchSize, room, requestPromptFlush }, queue, coarseClock, bucket);
  }

  #createAdmission(
    options: { capacity: number; overflow: "reject" | "block" | "drop_oldest" },
    rateLimit: RateLimit | undefined,
  ): Admission {
    return new Admission(options, {
      channel: this.name,
      clock: this.#context.clock,
      observers: this.#context.observers,
      valve: this.valve,
      gate: this.gate,
      queue: this.#queue,
      guard: this.#guard,
      breaker: this.#breaker,
      rateLimit,
      handOutDirectly: (event) => this.#dispatcher.handOutDirectly(event),
      entered: (priority) => this.#entered(priority),
      dropped: (event) => this.#dispatcher.drop(event),
      turnedAway: () => this.#tellWhenIdle(),
      refusing: (refusal) =>
        this.#context.log.warn(`Channel ${this.name} refuses events: ${outcomeOfRefusal(refusal)}.`, {
          waiting: this.#queue.size,
          subscribers: this.#subscribers.count,
        }),
    });
  }

  #run(): void {
    this.#state = "running";
    this.#dispatcher.run();
    this.#admission.open();
  }

  /** What is awaited and that nobody is there to handle is awaited no longer. */
  #afterLeaving(): void {
    if (this.#subscribers.isEmpty) {
      this.#admission.lastSubscriberLeft();
      if (this.#dispatcher.inFlight === 0) this.#settlements.abandon();
    }
    this.#tellWhenIdle();
  }

  #tellWhenIdle(): void {
    if (this.#context.progress.isWatched && this.isIdle) this.#context.idle();
  }

  #resultOf(
    { sequence }: BusEvent,
    refused: RefusedEntry | undefined,
    settled: Promise<Settlement> | undefined,
  ): RouteResult | Promise<RouteResult> {
    if (refused !== undefined) {
      this.#settlements.settle(sequence, STILL_QUEUED);
      const { refusal, error } = refused;
      return { channel: this.name, outcome: outcomeOfRefusal(refusal), ...(error === undefined ? {} : { error }) };
    }
    return settled === undefined ? this.#queued : settled.then((settlement) => ({ channel: this.name, ...settlement }));
  }

  #requestPromptFlush(): void {
    if (this.#wantsPromptFlush) return;
    this.#wantsPromptFlush = true;
    this.#context.requestPromptFlush();
  }

  #entered(priority: Priority): void {
    const { size } = this.#queue;
    if (size === 0 || this.#isResting) return;
    const isBatchFull = priority === "normal" && size >= this.#context.batchSize;
    if (isBatchFull || isAwaited(priority)) this.pump();
    else if (priority === "normal") this.#requestPromptFlush();
    else this.#context.requestFlush();
  }
}
