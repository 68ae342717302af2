import {
  type Clock,
  type Log,
  parseDuration,
  type Random,
  silentLog,
  systemClock,
  systemRandom,
  type Timer,
} from "@llmspell/base";
import type { Use } from "@llmspell/kernel";
import type { LoadBalancer } from "@llmspell/resilience";
import { type BatchOptions, type BatchResult, emitAll } from "./batch-emission.ts";
import type { BusEvent, EventInput } from "./bus-event.ts";
import { Channel } from "./channel.ts";
import type { ChannelContext } from "./channel-context.ts";
import { createDefaultBalancer, createDefaultQueue, createDefaultRoute } from "./default-parts.ts";
import {
  type EmitOutcome,
  type EmitResult,
  emitOutcomeOf,
  NO_SUBSCRIBERS,
  type Refusal,
  UNROUTED,
} from "./emit-result.ts";
import { eventErrors } from "./errors.ts";
import { DynamicRoute, PatternRoute, StaticRoute } from "./event-routes.ts";
import { EventStamp } from "./event-stamp.ts";
import { type ChannelOptions, type EventsSection, eventsSectionDefaults } from "./generated/options.ts";
import { URGENCY } from "./priority.ts";
import type { Queue } from "./queue.ts";
import type { Route, RouteMatcher } from "./route.ts";
import { destinationOf, type RouteDestination } from "./route-destination.ts";
import { type RouteEntry, RoutingTable } from "./routing-table.ts";
import type { EventBusStats } from "./stats.ts";
import type { EventHandler, SubscribeOptions } from "./subscriber.ts";

/** What the bus is built with; each has a default that needs no plugin. */
export interface EventBusDependencies {
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly log?: Log | undefined;
  /** Creates the balancer of a group of subscribers; knows `round_robin` when left out. */
  readonly createBalancer?: ((use: Use, owner: string) => LoadBalancer) | undefined;
  /** Creates the queue of a channel; knows `memory` when left out. */
  readonly createQueue?: ((use: Use, owner: string) => Queue) | undefined;
  /** Creates a route of the section's list; knows `static` and `pattern` (without globs) when left out. */
  readonly createRoute?: ((use: Use, owner: string) => RouteMatcher) | undefined;
}

export interface EmitOptions {
  /** Ends waits for room and for handling: the event is `rejected`, or `queued`, then. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Brings events to their subscribers: routes → channels → groups of subscribers. Every event is accounted for, at any
 * time, in `stats()`.
 *
 * @example
 * await using bus = new EventBus({ channels: { user_actions: { priority: "high" } } });
 * bus.addPatternRoute({ pattern: /^user_/, channel: "user_actions" });
 * bus.subscribe("user_actions", (event) => greet(event.data));
 * await bus.emit({ type: "user_login", data: { userId: "u1" } });
 */
export class EventBus implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #channelContext: ChannelContext;
  readonly #flushInterval: number;
  readonly #stamp: EventStamp;
  readonly #channels = new Map<string, Channel>();
  readonly #table = new RoutingTable<Channel>();
  readonly #stopping = new AbortController();
  /** The channels in the order in which a flush serves them: by priority, then as declared. */
  #byUrgency: readonly Channel[] = [];
  #flushTimer: Timer | undefined;
  #idleWaiters: (() => void)[] = [];
  #closing: Promise<void> | undefined;

  #emitting = 0;
  #routed = 0;
  #unrouted = 0;
  #noSubscribers = 0;
  #refused = 0;

  /**
   * @throws LLMSPELL_E_CHANNEL_UNKNOWN when a route or dead-letter rule names no channel, LLMSPELL_E_EVENT_ROUTE,
   * LLMSPELL_E_EVENT_PATTERN, LLMSPELL_E_EVENT_IMPLEMENTATION, LLMSPELL_E_DURATION, LLMSPELL_E_RATE
   */
  constructor(options: EventsSection = {}, dependencies: EventBusDependencies = {}) {
    const { clock = systemClock, random = systemRandom, log = silentLog } = dependencies;
    const batch = { ...eventsSectionDefaults.batch, ...options.batch };
    this.#clock = clock;
    this.#flushInterval = parseDuration(batch.flushInterval);
    this.#stamp = new EventStamp(clock, random);
    this.#channelContext = {
      clock,
      random,
      log,
      batchSize: batch.size,
      signal: this.#stopping.signal,
      createBalancer: dependencies.createBalancer ?? createDefaultBalancer,
      createQueue: dependencies.createQueue ?? createDefaultQueue,
      requestFlush: () => this.#requestFlush(),
      offerTo: (name, event) => this.#offerTo(name, event),
      idle: () => this.#channelIdle(),
    };
    this.#declareChannels(options.channels ?? {});
    const createRoute = dependencies.createRoute ?? createDefaultRoute;
    for (const [index, use] of (options.routes ?? []).entries()) {
      const owner = `route ${index + 1}`;
      this.addRoute({ matcher: createRoute(use, owner), ...destinationOf(use, owner) });
    }
  }

  /** Opens durable queues and takes up what an earlier run left in them. Without such a queue it is not needed. */
  async open(): Promise<void> {
    await Promise.all(this.#byUrgency.map((channel) => channel.open()));
  }

  /**
   * Emits an event and tells what happened to it in every channel. Critical and high events are awaited until they have
   * been handled; a channel that blocks is awaited until it has room, which is how sources are slowed down.
   *
   * Refusals and failed handlers are outcomes, not errors.
   *
   * @throws LLMSPELL_E_EVENT_TYPE
   */
  emit(input: EventInput, options: EmitOptions = {}): Promise<EmitResult> {
    return this.#submit(input, options, true);
  }

  /**
   * Emits an event as `emit` does, but waits for room only, never for handling: what is accepted is `queued`, whatever
   * its priority. So a handler may await it.
   *
   * @throws LLMSPELL_E_EVENT_TYPE
   */
  enqueue(input: EventInput, options: EmitOptions = {}): Promise<EmitResult> {
    return this.#submit(input, options, false);
  }

  /**
   * Emits an event without waiting for anything, not even for room. Where a queue stores asynchronously and fails later,
   * the channel counts the event as `rejected` and logs it.
   *
   * @returns the event's sequence number when at least one channel accepted it; otherwise, below zero, the reason:
   * `UNROUTED`, `NO_SUBSCRIBERS`, or the first refusal of `RATE_LIMITED`, `BREAKER_OPEN`, `REJECTED`
   * @throws LLMSPELL_E_EVENT_TYPE
   */
  publish(input: EventInput): number {
    const event = this.#stamp.stamp(input);
    const targets = this.#table.find(event);
    let accepted = false;
    let reason: typeof UNROUTED | Refusal = UNROUTED;
    for (let index = 0; index < targets.length; index++) {
      const target = targets[index];
      const refusal = target?.channel.offer(event, target.priority);
      if (refusal === undefined) accepted = true;
      else if (reason === UNROUTED || reason === NO_SUBSCRIBERS) reason = refusal;
    }
    this.#count(accepted ? "routed" : outcomeOf(reason));
    return accepted ? event.sequence : reason;
  }

  /** Emits many events, a bounded number at a time. */
  emitBatch(events: readonly EventInput[], options: BatchOptions = {}): Promise<BatchResult> {
    return emitAll(events, (event, signal) => this.emit(event, { signal }), options, this.#clock);
  }

  /**
   * Gives a channel's events to a handler, until the subscription is disposed.
   *
   * @throws LLMSPELL_E_CHANNEL_UNKNOWN, LLMSPELL_E_CHANNEL_SUBSCRIBER
   */
  subscribe(channel: string, handler: EventHandler, options: SubscribeOptions = {}): Disposable {
    return this.#channel(channel).subscribe(handler, options);
  }

  /**
   * Declares a further channel. One with a durable queue must be declared before `open`.
   *
   * @throws LLMSPELL_E_CHANNEL_EXISTS, LLMSPELL_E_CHANNEL_UNKNOWN and what a channel's options can throw
   */
  addChannel(name: string, options: ChannelOptions = {}): void {
    this.#declareChannels({ [name]: options });
  }

  /**
   * Adds a route: any matcher, or one event type. Disposing what it returns removes the route.
   *
   * @throws LLMSPELL_E_CHANNEL_UNKNOWN
   */
  addRoute(route: Route | ({ readonly eventType: string } & RouteDestination)): Disposable {
    const matcher = "matcher" in route ? route.matcher : new StaticRoute(route.eventType);
    const channel = this.#channel(route.channel);
    const entry: RouteEntry<Channel> = { matcher, channel, priority: route.priority ?? channel.priority };
    this.#table.add(entry);
    return { [Symbol.dispose]: () => this.#table.remove(entry) };
  }

  /**
   * Routes the events whose type contains a match of a regular expression.
   *
   * @throws LLMSPELL_E_CHANNEL_UNKNOWN, LLMSPELL_E_EVENT_PATTERN
   */
  addPatternRoute(route: { readonly pattern: string | RegExp } & RouteDestination): Disposable {
    return this.addRoute({ ...route, matcher: new PatternRoute(route.pattern) });
  }

  /**
   * Routes the events for which a condition holds; it is asked for every event.
   *
   * @throws LLMSPELL_E_CHANNEL_UNKNOWN
   */
  addDynamicRoute(route: { readonly condition: (event: BusEvent) => unknown } & RouteDestination): Disposable {
    return this.addRoute({ ...route, matcher: new DynamicRoute(route.condition) });
  }

  /**
   * Waits until nothing waits or is under way in any channel that has subscribers. Does not stop anyone from emitting.
   *
   * @throws the signal's reason when it aborts
   */
  async drained(signal?: AbortSignal): Promise<void> {
    this.#flush();
    while (this.#byUrgency.some((channel) => !channel.isIdle)) {
      signal?.throwIfAborted();
      await this.#nextIdle(signal);
    }
  }

  stats(): EventBusStats {
    return {
      emitted: this.#stamp.count,
      routed: this.#routed,
      unrouted: this.#unrouted,
      noSubscribers: this.#noSubscribers,
      refused: this.#refused,
      emitting: this.#emitting,
      predicateErrors: this.#table.predicateErrors,
      channels: Object.fromEntries([...this.#channels].map(([name, channel]) => [name, channel.stats()])),
    };
  }

  /**
   * Stops at once: refuses new events, aborts the handlers' signal and waits for them (5 s at most), sheds what waits in
   * queues that are not durable. To let everything be handled first, await `drained()`.
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #submit(input: EventInput, { signal }: EmitOptions, awaitsHandling: boolean): Promise<EmitResult> {
    const event = this.#stamp.stamp(input);
    const targets = this.#table.find(event);
    this.#emitting++;
    try {
      const routes = await Promise.all(
        targets.map(({ channel, priority }) => channel.submit(event, priority, signal, awaitsHandling)),
      );
      const outcome = emitOutcomeOf(routes);
      this.#count(outcome);
      return { sequence: event.sequence, outcome, routes };
    } finally {
      this.#emitting--;
    }
  }

  async #close(): Promise<void> {
    this.#flushTimer?.cancel();
    this.#stopping.abort();
    await Promise.all(this.#byUrgency.map((channel) => channel.close()));
    this.#channelIdle();
  }

  #declareChannels(channels: Readonly<Record<string, ChannelOptions>>): void {
    for (const [name, options] of Object.entries(channels)) {
      if (this.#channels.has(name)) throw eventErrors.LLMSPELL_E_CHANNEL_EXISTS({ channel: name });
      this.#channels.set(name, new Channel(name, options, this.#channelContext));
    }
    for (const { deadLetter } of this.#channels.values()) if (deadLetter !== undefined) this.#channel(deadLetter);
    this.#byUrgency = [...this.#channels.values()].sort((a, b) => URGENCY[a.priority] - URGENCY[b.priority]);
  }

  #channel(name: string): Channel {
    const channel = this.#channels.get(name);
    if (channel !== undefined) return channel;
    throw eventErrors.LLMSPELL_E_CHANNEL_UNKNOWN({ channel: name, known: [...this.#channels.keys()] });
  }

  #count(outcome: EmitOutcome): void {
    if (outcome === "routed") this.#routed++;
    else if (outcome === "unrouted") this.#unrouted++;
    else if (outcome === "no_subscribers") this.#noSubscribers++;
    else this.#refused++;
  }

  #offerTo(name: string, event: BusEvent): boolean {
    const channel = this.#channel(name);
    return channel.offer(event, channel.priority) === undefined;
  }

  #requestFlush(): void {
    if (this.#closing !== undefined) return;
    this.#flushTimer ??= this.#clock.setTimeout(() => this.#flush(), this.#flushInterval);
  }

  #flush(): void {
    this.#flushTimer?.cancel();
    this.#flushTimer = undefined;
    for (const channel of this.#byUrgency) channel.pump();
  }

  #channelIdle(): void {
    if (this.#idleWaiters.length === 0) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #nextIdle(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      this.#idleWaiters.push(() => {
        signal?.removeEventListener("abort", abort);
        resolve();
      });
    });
  }
}

function outcomeOf(reason: typeof UNROUTED | Refusal): EmitOutcome {
  if (reason === UNROUTED) return "unrouted";
  return reason === NO_SUBSCRIBERS ? "no_subscribers" : "refused";
}
