import { isLlmspellError, type Timer } from "@llmspell/base";
import {
  type BreakerPermit,
  CircuitBreaker,
  LatencyHistogram,
  type LoadBalancer,
  MemberEjection,
  RetryPolicy,
  TokenBucket,
} from "@llmspell/resilience";
import { Admission, type RefusedEntry } from "./admission.ts";
import type { BusEvent } from "./bus-event.ts";
import type { ChannelContext } from "./channel-context.ts";
import { DeadLetters } from "./dead-letters.ts";
import { outcomeOfRefusal, type Refusal, type RouteResult } from "./emit-result.ts";
import { type ChannelOptions, channelOptionsDefaults, retryOptionsDefaults } from "./generated/options.ts";
import { isAwaited, type Priority } from "./priority.ts";
import type { Queue } from "./queue.ts";
import { QueueFailure, QueueGuard } from "./queue-guard.ts";
import { type Settlement, Settlements, STILL_QUEUED } from "./settlements.ts";
import type { ChannelStats } from "./stats.ts";
import type { EventHandler, SubscribeOptions } from "./subscriber.ts";
import type { DeliveryContext, DeliveryFailure } from "./subscriber-group.ts";
import { SubscriberPool } from "./subscriber-pool.ts";

/** How long the channel waits for handlers that were told to stop; milliseconds. */
const STOP_GRACE = 5000;

/** A channel without `retries` tries each event once. */
const ONCE = { attempts: 1 };

/** One channel: admits events, keeps them in its queue, and hands each to every group of its subscribers. */
export class Channel {
  readonly name: string;
  readonly priority: Priority;
  readonly #context: ChannelContext;
  readonly #queue: Queue;
  readonly #breaker: CircuitBreaker | undefined;
  readonly #admission: Admission;
  readonly #subscribers: SubscriberPool;
  readonly #settlements = new Settlements();
  readonly #guard: QueueGuard;
  readonly #deadLetters: DeadLetters;
  readonly #latency = new LatencyHistogram();
  #isPumping = false;
  /** What `submit` answers for each event that it need not wait for. */
  readonly #queued: RouteResult;
  #state: "opening" | "running" | "closing" | "closed" = "opening";
  #breakerTimer: Timer | undefined;
  #allHandled: (() => void) | undefined;

  #inFlight = 0;
  #delivered = 0;
  #failed = 0;
  #shed = 0;
  #retries = 0;

  /** @throws LLMSPELL_E_DURATION, LLMSPELL_E_RATE, and what creating the queue throws */
  constructor(name: string, options: ChannelOptions, context: ChannelContext) {
    const settings = { ...channelOptionsDefaults, ...options };
    const { clock, random } = context;
    const { circuitBreaker, ejection, rateLimit, burst } = settings;
    this.name = name;
    this.#queued = { channel: name, outcome: "queued" };
    this.priority = settings.priority;
    this.#deadLetters = new DeadLetters(name, settings.deadLetter, context);
    this.#context = context;
    this.#queue = context.createQueue(settings.queue, `channel ${name}`);
    this.#guard = new QueueGuard(name, this.#queue, context.log);
    this.#breaker = circuitBreaker === undefined ? undefined : new CircuitBreaker(circuitBreaker, { clock });
    const bucket = rateLimit === undefined ? undefined : new TokenBucket({ rate: rateLimit, burst }, { clock });
    this.#admission = this.#openAdmission(settings, bucket);
    const delivery: DeliveryContext = {
      clock,
      log: context.log,
      retries: new RetryPolicy({ ...retryOptionsDefaults, ...(settings.retries ?? ONCE) }, random),
      signal: context.signal,
      countRetry: () => {
        this.#retries++;
      },
      createEjection: () => (ejection === undefined ? undefined : new MemberEjection(ejection, { clock })),
    };
    const createBalancer = (group: string): LoadBalancer =>
      context.createBalancer(settings.balancer, `group ${group} of channel ${name}`);
    this.#subscribers = new SubscriberPool(name, createBalancer, delivery);
    if (!this.#queue.durable) this.#run();
  }

  /** Whether nothing waits or is under way that could be handled. */
  get isIdle(): boolean {
    if (this.#state === "closed") return true;
    if (this.#inFlight > 0 || this.#admission.blocked > 0) return false;
    return this.#queue.size === 0 || this.#subscribers.isEmpty;
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

  /** Admits an event, or refuses it, without waiting. */
  offer(event: BusEvent, priority: Priority): Refusal | undefined {
    return this.#admission.offer(event, priority);
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
    const subscription = this.#subscribers.add(handler, options);
    const end = () => {
      signal?.removeEventListener("abort", end);
      subscription[Symbol.dispose]();
      this.#afterLeaving();
    };
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end);
    if (this.#queue.size > 0) this.#context.requestFlush();
    return { [Symbol.dispose]: end };
  }

  /** Hands out waiting events for as long as every group has room. */
  pump(): void {
    // A handler that emits into its own channel comes back here; the loop below takes what it has added.
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#canHandOut() && this.#handOutNext()) this.#admission.admitWaiting();
    this.#isPumping = false;
    if (this.isIdle) this.#context.idle();
  }

  /**
   * Stops: refuses new events, waits for the handlers that run (they have been told by the signal), sheds what waits in a
   * queue that is not durable.
   */
  async close(): Promise<void> {
    if (this.#state === "closing" || this.#state === "closed") return;
    this.#state = "closing";
    this.#breakerTimer?.cancel();
    this.#admission.close();
    await this.#handlersEnded();
    await this.#guard.settled();
    while (!this.#queue.durable && this.#queue.size > 0) {
      const event = this.#guard.evict("critical");
      if (event === undefined) break;
      this.#drop(event);
    }
    this.#settlements.abandon();
    this.#state = "closed";
    await this.#queue.close?.();
  }

  stats(): ChannelStats {
    const { offered, accepted, rateLimited, breakerOpen, rejected, noSubscribers, blocked } = this.#admission;
    const { redelivered, size: waiting, durable } = this.#guard;
    return {
      offered: offered + redelivered,
      accepted: accepted + redelivered,
      rateLimited,
      breakerOpen,
      rejected,
      noSubscribers,
      blocked,
      delivered: this.#delivered,
      failed: this.#failed,
      shed: this.#shed,
      waiting,
      inFlight: this.#inFlight,
      kept: durable ? waiting + this.#inFlight : 0,
      redelivered,
      retries: this.#retries,
      deadLettered: this.#deadLetters.accepted,
      deadLettersRefused: this.#deadLetters.refused,
      queueErrors: this.#guard.errors,
      subscribers: this.#subscribers.count,
      ejected: this.#subscribers.ejected,
      breaker: this.#breaker?.state,
      duration: this.#latency.summary(),
    };
  }

  #openAdmission(
    options: { capacity: number; overflow: "reject" | "block" | "drop_oldest" },
    bucket?: TokenBucket,
  ): Admission {
    return new Admission(options, {
      clock: this.#context.clock,
      queue: this.#guard,
      breaker: this.#breaker,
      bucket,
      hasSubscribers: () => !this.#subscribers.isEmpty,
      entered: (priority) => this.#entered(priority),
      dropped: (event) => this.#drop(event),
      turnedAway: () => {
        if (this.isIdle) this.#context.idle();
      },
      refusing: (refusal) =>
        this.#context.log.warn(`Channel ${this.name} refuses events: ${outcomeOfRefusal(refusal)}.`, {
          waiting: this.#queue.size,
          subscribers: this.#subscribers.count,
        }),
    });
  }

  #run(): void {
    this.#state = "running";
    this.#admission.open();
  }

  /** What is awaited and that nobody is there to handle is awaited no longer. */
  #afterLeaving(): void {
    if (this.#subscribers.isEmpty && this.#inFlight === 0) this.#settlements.abandon();
    if (this.isIdle) this.#context.idle();
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

  #entered(priority: Priority): void {
    const isBatchFull = priority === "normal" && this.#queue.size >= this.#context.batchSize;
    if (isBatchFull || isAwaited(priority)) this.pump();
    if (this.#queue.size > 0) this.#context.requestFlush();
  }

  #canHandOut(): boolean {
    return this.#state === "running" && this.#queue.size > 0 && this.#subscribers.haveRoom;
  }

  /** Hands out one event, if the breaker and the queue let it; whether it did. */
  #handOutNext(): boolean {
    const permit = this.#breaker?.tryAcquire();
    if (this.#breaker !== undefined && permit === undefined) {
      this.#pumpWhenBreakerAllows(this.#breaker);
      return false;
    }
    const event = this.#guard.dequeue();
    if (event === undefined || event instanceof QueueFailure) {
      if (permit !== undefined) this.#breaker?.release(permit);
      if (event !== undefined) this.#context.requestFlush();
      return false;
    }
    this.#handOut(event, permit);
    return true;
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
    this.#inFlight++;
    // Read only for a breaker that wants to know how long handling takes.
    const startedAt = this.#breaker?.watchesDuration === true ? this.#context.clock.now() : Number.POSITIVE_INFINITY;
    const outcome = this.#subscribers.handle(event);
    if (outcome instanceof Promise) {
      // Not tracked: `close` waits for the count of events in flight, and not longer than its grace.
      void outcome.then((failure) => {
        this.#settle(event, permit, startedAt, failure);
        this.pump();
      });
    } else this.#settle(event, permit, startedAt, outcome);
  }

  #settle(
    event: BusEvent,
    permit: BreakerPermit | undefined,
    startedAt: number,
    failure: DeliveryFailure | undefined,
  ): void {
    this.#inFlight--;
    if (permit !== undefined) this.#tellBreaker(permit, startedAt, failure);
    if (failure?.cutOff === true && this.#state !== "closed") {
      if (!this.#guard.giveBack(event)) this.#drop(event);
    } else {
      this.#latency.record(this.#context.clock.now() - event.emittedAt);
      if (failure === undefined) this.#succeed(event);
      else this.#fail(event, failure);
      if (this.#state !== "closed") this.#guard.acknowledge(event);
    }
    if (this.#inFlight > 0) return;
    this.#allHandled?.();
    if (this.#subscribers.isEmpty) this.#settlements.abandon();
  }

  /** The breaker watches handlers: an event that was cut off, or that no handler was chosen for, tells it nothing. */
  #tellBreaker(permit: BreakerPermit, startedAt: number, failure: DeliveryFailure | undefined): void {
    if (failure?.cutOff === true || isLlmspellError(failure?.error, "LLMSPELL_E_CHANNEL_BALANCER")) {
      this.#breaker?.release(permit);
    } else {
      const now = this.#context.clock.now();
      this.#breaker?.record(permit, failure === undefined, now, now - startedAt);
    }
  }

  #succeed(event: BusEvent): void {
    this.#delivered++;
    this.#settlements.settle(event.sequence, { outcome: "delivered" });
  }

  #fail(event: BusEvent, failure: DeliveryFailure): void {
    this.#failed++;
    this.#settlements.settle(event.sequence, { outcome: "failed", error: failure.error });
    this.#deadLetters.take(event, failure);
  }

  #drop(event: BusEvent): void {
    this.#shed++;
    this.#settlements.settle(event.sequence, { outcome: "shed" });
  }

  async #handlersEnded(): Promise<void> {
    if (this.#inFlight === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#allHandled = resolve;
    const grace = new AbortController();
    await Promise.race([promise, this.#context.clock.sleep(STOP_GRACE, grace.signal).catch(() => undefined)]);
    grace.abort();
    if (this.#inFlight === 0) return;
    this.#context.log.warn(`Channel ${this.name} stopped while ${this.#inFlight} events were still being handled.`);
  }
}
