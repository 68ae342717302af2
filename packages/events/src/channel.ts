import { messageOf, type Timer } from "@llmspell/base";
import { CircuitBreaker, LatencyHistogram, type LoadBalancer, RetryPolicy, TokenBucket } from "@llmspell/resilience";
import { Admission } from "./admission.ts";
import type { BusEvent } from "./bus-event.ts";
import type { ChannelContext } from "./channel-context.ts";
import { outcomeOfRefusal, type Refusal, type RouteResult } from "./emit-result.ts";
import { type ChannelOptions, channelOptionsDefaults, retryOptionsDefaults } from "./generated/options.ts";
import { isAwaited, type Priority } from "./priority.ts";
import type { Queue } from "./queue.ts";
import { QueueGuard } from "./queue-guard.ts";
import { Settlements } from "./settlements.ts";
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
  readonly deadLetter: string | undefined;
  readonly #context: ChannelContext;
  readonly #queue: Queue;
  readonly #breaker: CircuitBreaker | undefined;
  readonly #admission: Admission;
  readonly #subscribers: SubscriberPool;
  readonly #settlements = new Settlements();
  readonly #guard: QueueGuard;
  readonly #latency = new LatencyHistogram();
  #isPumping = false;
  #state: "opening" | "running" | "closing" | "closed" = "running";
  #breakerTimer: Timer | undefined;
  #allHandled: (() => void) | undefined;

  #inFlight = 0;
  #delivered = 0;
  #failed = 0;
  #shed = 0;
  #retries = 0;
  #deadLettered = 0;
  #deadLettersRefused = 0;

  /** @throws LLMSPELL_E_DURATION, LLMSPELL_E_RATE, and what creating the queue throws */
  constructor(name: string, options: ChannelOptions, context: ChannelContext) {
    const settings = { ...channelOptionsDefaults, ...options };
    const { clock, random } = context;
    const { circuitBreaker, rateLimit, burst } = settings;
    this.name = name;
    this.priority = settings.priority;
    this.deadLetter = settings.deadLetter;
    this.#context = context;
    this.#queue = context.createQueue(settings.queue, `channel ${name}`);
    this.#guard = new QueueGuard(name, this.#queue, context.log);
    this.#breaker = circuitBreaker === undefined ? undefined : new CircuitBreaker(circuitBreaker, { clock });
    const bucket = rateLimit === undefined ? undefined : new TokenBucket({ rate: rateLimit, burst }, { clock });
    this.#admission = this.#openAdmission(settings, bucket);
    const delivery: DeliveryContext = {
      clock,
      retries: new RetryPolicy({ ...retryOptionsDefaults, ...(settings.retries ?? ONCE) }, random),
      breaker: this.#breaker,
      handlerContext: { signal: context.signal },
      countRetry: () => {
        this.#retries++;
      },
    };
    const createBalancer = (group: string): LoadBalancer =>
      context.createBalancer(settings.balancer, `group ${group} of channel ${name}`);
    this.#subscribers = new SubscriberPool(name, createBalancer, delivery);
  }

  /** Whether nothing waits or is under way that could be handled. */
  get isIdle(): boolean {
    if (this.#state === "closed") return true;
    if (this.#inFlight > 0 || this.#admission.blocked > 0) return false;
    return this.#queue.size === 0 || this.#subscribers.isEmpty;
  }

  /** Opens a durable queue; what an earlier run left in it counts as accepted. Nothing is handed out before that. */
  async open(): Promise<void> {
    if (!this.#queue.durable) return;
    this.#state = "opening";
    await this.#queue.open?.(() => this.pump());
    this.#admission.recover(this.#queue.size);
    this.#state = "running";
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
  async submit(
    event: BusEvent,
    priority: Priority,
    signal: AbortSignal | undefined,
    awaitsHandling: boolean,
  ): Promise<RouteResult> {
    const settled = awaitsHandling && isAwaited(priority) ? this.#settlements.wait(event.sequence, signal) : undefined;
    const refused = await this.#admission.enter(event, priority, signal);
    if (refused !== undefined) {
      this.#settlements.forget(event.sequence);
      const outcome = outcomeOfRefusal(refused.refusal);
      return { channel: this.name, outcome, ...(refused.error === undefined ? {} : { error: refused.error }) };
    }
    return { channel: this.name, ...(settled === undefined ? { outcome: "queued" } : await settled) };
  }

  /** @throws LLMSPELL_E_CHANNEL_SUBSCRIBER */
  subscribe(handler: EventHandler, options: SubscribeOptions): Disposable {
    const subscription = this.#subscribers.add(handler, options);
    if (this.#queue.size > 0) this.#context.requestFlush();
    return {
      [Symbol.dispose]: () => {
        subscription[Symbol.dispose]();
        if (this.isIdle) this.#context.idle();
      },
    };
  }

  /** Hands out waiting events for as long as every group has room. */
  pump(): void {
    // A handler that emits into its own channel comes back here; the loop below takes what it has added.
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#canHandOut()) {
        const event = this.#queue.dequeue();
        if (event === undefined) {
          this.#breaker?.release();
          break;
        }
        this.#admission.admitWaiting();
        this.#handOut(event);
      }
    } catch (error) {
      this.#breaker?.release();
      this.#guard.failed("could not give out an event", error);
      this.#context.requestFlush();
    } finally {
      this.#isPumping = false;
    }
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
    while (!this.#queue.durable && this.#queue.size > 0) {
      const event = this.#queue.evict("critical");
      if (event === undefined) break;
      this.#drop(event);
    }
    this.#settlements.abandon();
    await this.#guard.settled();
    this.#state = "closed";
    await this.#queue.close?.();
  }

  stats(): ChannelStats {
    const { offered, accepted, rateLimited, breakerOpen, rejected, noSubscribers, blocked } = this.#admission;
    return {
      offered,
      accepted,
      rateLimited,
      breakerOpen,
      rejected,
      noSubscribers,
      blocked,
      delivered: this.#delivered,
      failed: this.#failed,
      shed: this.#shed,
      waiting: this.#queue.size,
      inFlight: this.#inFlight,
      retries: this.#retries,
      deadLettered: this.#deadLettered,
      deadLettersRefused: this.#deadLettersRefused,
      queueErrors: this.#guard.errors,
      subscribers: this.#subscribers.count,
      breaker: this.#breaker?.state,
      duration: this.#latency.summary(),
    };
  }

  #openAdmission(
    options: { capacity: number; overflow: "reject" | "block" | "drop_oldest" },
    bucket?: TokenBucket,
  ): Admission {
    return new Admission(options, {
      queue: this.#queue,
      breaker: this.#breaker,
      bucket,
      hasSubscribers: () => !this.#subscribers.isEmpty,
      entered: (priority) => this.#entered(priority),
      dropped: (event) => this.#drop(event),
      track: (work) => this.#guard.track(work),
      storingFailed: (event, error) => this.#guard.failed(`could not keep event ${event.id}`, error),
    });
  }

  #entered(priority: Priority): void {
    const isBatchFull = priority === "normal" && this.#queue.size >= this.#context.batchSize;
    if (isBatchFull || isAwaited(priority)) this.pump();
    if (this.#queue.size > 0) this.#context.requestFlush();
  }

  #canHandOut(): boolean {
    if (this.#state !== "running" || this.#queue.size === 0 || !this.#subscribers.haveRoom) return false;
    if (this.#breaker === undefined || this.#breaker.tryAcquire()) return true;
    this.#pumpWhenBreakerAllows(this.#breaker);
    return false;
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

  #handOut(event: BusEvent): void {
    this.#inFlight++;
    const unfinished = this.#subscribers.handle(event);
    if (unfinished === undefined) this.#settle(event, undefined);
    // Not tracked: `close` waits for the count of events in flight, and not longer than its grace.
    else void unfinished.then((failure) => this.#settleAndPump(event, failure));
  }

  #settleAndPump(event: BusEvent, failure: DeliveryFailure | undefined): void {
    this.#settle(event, failure);
    this.pump();
  }

  #settle(event: BusEvent, failure: DeliveryFailure | undefined): void {
    this.#inFlight--;
    if (failure?.cutOff === true && this.#state !== "closed") {
      this.#queue.nack(event);
    } else {
      this.#latency.record(this.#context.clock.now() - event.emittedAt);
      if (failure === undefined) this.#succeed(event);
      else this.#fail(event, failure);
      if (this.#state !== "closed") this.#guard.acknowledge(event);
    }
    if (this.#inFlight === 0) this.#allHandled?.();
  }

  #succeed(event: BusEvent): void {
    this.#delivered++;
    this.#settlements.settle(event.sequence, { outcome: "delivered" });
  }

  #fail(event: BusEvent, { error, attempts }: DeliveryFailure): void {
    this.#failed++;
    this.#settlements.settle(event.sequence, { outcome: "failed", error });
    // An event that has been dead-lettered once is not passed on again: channels that name each other would loop.
    if (this.deadLetter === undefined || event.deadLetter !== undefined) {
      this.#context.log.warn(`Channel ${this.name} gave up event ${event.id}: ${messageOf(error)}`, {
        type: event.type,
        attempts,
      });
      return;
    }
    const deadLetter = { channel: this.name, reason: messageOf(error), attempts };
    if (this.#context.offerTo(this.deadLetter, { ...event, deadLetter })) {
      this.#deadLettered++;
      return;
    }
    this.#deadLettersRefused++;
    this.#context.log.error(`Dead-letter channel ${this.deadLetter} refused event ${event.id}.`, {
      type: event.type,
      ...deadLetter,
    });
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
