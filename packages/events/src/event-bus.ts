import {
  type Clock,
  messageOf,
  parseDuration,
  silentLog,
  systemClock,
  systemRandom,
  untilAborted,
} from "@llmspell/base";
import { BatchCollector, type BatchHandler, type BatchSubscribeOptions } from "./batch-collector.ts";
import { type BatchOptions, type BatchResult, emitAll } from "./batch-emission.ts";
import type { BusEvent, EventInput } from "./bus-event.ts";
import { BusMonitor, type BusMonitorEvents } from "./bus-monitor.ts";
import { Channel } from "./channel.ts";
import type { ChannelContext } from "./channel-context.ts";
import { ChannelRegistry } from "./channel-registry.ts";
import { ChannelTap } from "./channel-tap.ts";
import {
  createDefaultBalancer,
  createDefaultFlowController,
  createDefaultQueue,
  createDefaultRoute,
} from "./default-parts.ts";
import { Emission, type EmitOptions, type EnqueueOptions, NO_WAIT } from "./emission.ts";
import { type EmissionObserver, EmissionObservers } from "./emission-observers.ts";
import type { EmitResult } from "./emit-result.ts";
import type { EventBusDependencies } from "./event-bus-dependencies.ts";
import { DynamicRoute, PatternRoute, StaticRoute } from "./event-routes.ts";
import { EventStamp } from "./event-stamp.ts";
import { flowSettings } from "./flow-settings.ts";
import { FlushSchedule } from "./flush-schedule.ts";
import { type ChannelOptions, type EventsSection, eventsSectionDefaults } from "./generated/options.ts";
import { PayloadSchemas } from "./payload-schemas.ts";
import { RateLimits } from "./rate-limits.ts";
import type { Route } from "./route.ts";
import { destinationOf, type RouteDestination } from "./route-destination.ts";
import { type RouteEntry, RoutingTable } from "./routing-table.ts";
import type { EventBusStats } from "./stats.ts";
import type { EventHandler, SubscribeOptions } from "./subscriber.ts";

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
  readonly #schedule: FlushSchedule;
  readonly #channels = new ChannelRegistry();
  readonly #table: RoutingTable<Channel>;
  readonly #emission: Emission;
  readonly #observers: EmissionObservers;
  readonly #monitor: BusMonitor;
  readonly #stopping = new AbortController();
  readonly #progress = { isWatched: false };
  #idle: PromiseWithResolvers<void> | undefined;
  #closing: Promise<void> | undefined;

  /**
   * @throws LLMSPELL_E_CHANNEL_UNKNOWN when a route or dead-letter rule names no channel, LLMSPELL_E_EVENT_ROUTE,
   * LLMSPELL_E_EVENT_PATTERN, LLMSPELL_E_EVENT_IMPLEMENTATION, LLMSPELL_E_EVENT_FLOW_BOUNDS, LLMSPELL_E_CHANNEL_RATE_LIMIT, LLMSPELL_E_EVENT_SCHEMA, LLMSPELL_E_EXPRESSION,
   * LLMSPELL_E_DURATION, LLMSPELL_E_RATE
   */
  constructor(options: EventsSection = {}, dependencies: EventBusDependencies = {}) {
    const { clock = systemClock, random = systemRandom, log = silentLog } = dependencies;
    const batch = { ...eventsSectionDefaults.batch, ...options.batch };
    const { payloads } = options;
    const stamp = new EventStamp(clock, random);
    const rateLimits = new RateLimits(options.rateLimits ?? {}, clock);
    this.#clock = clock;
    this.#observers = new EmissionObservers(log);
    this.#table = new RoutingTable(({ channel }, type, error) =>
      log.warn(`A route to channel ${channel.name} failed, and was not taken: ${messageOf(error)}`, { type }),
    );
    this.#emission = new Emission(
      stamp,
      this.#table,
      payloads === undefined ? undefined : new PayloadSchemas(payloads),
    );
    this.#flushInterval = parseDuration(batch.flushInterval);
    this.#schedule = new FlushSchedule(
      clock,
      this.#flushInterval,
      () => this.#channels.pump(),
      () => this.#channels.pumpPrompt(),
    );
    const controller = options.backpressure?.controller;
    const createController = dependencies.createFlowController ?? createDefaultFlowController;
    const flow = controller === undefined ? undefined : flowSettings(controller, createController);
    this.#channelContext = {
      clock,
      coarseClock: stamp.clock,
      random,
      log,
      batchSize: batch.size,
      flowRate: flow?.maxRate ?? Number.POSITIVE_INFINITY,
      signal: this.#stopping.signal,
      progress: this.#progress,
      observers: this.#observers,
      createRateLimit: (limit, burst) => rateLimits.create(limit, burst),
      createBalancer: dependencies.createBalancer ?? createDefaultBalancer,
      createQueue: dependencies.createQueue ?? createDefaultQueue,
      requestPromptFlush: () => this.#schedule.requestPromptly(),
      requestFlush: (delay) => this.#schedule.request(delay),
      offerTo: (name, event) => this.#offerTo(name, event),
      idle: () => this.#channelIdle(),
    };
    this.#declareChannels(options.channels ?? {});
    this.#monitor = new BusMonitor(options.backpressure, {
      clock,
      log,
      heapUse: dependencies.heapUse,
      flow,
      channels: () => this.#channels.all,
    });
    const createRoute = dependencies.createRoute ?? createDefaultRoute;
    for (const [index, use] of (options.routes ?? []).entries()) {
      const owner = `route ${index + 1}`;
      this.addRoute({ matcher: createRoute(use, owner), ...destinationOf(use, owner) });
    }
  }

  /**
   * Opens durable queues and takes up what an earlier run left in them; until then their channels refuse events. Without
   * such a queue it is not needed.
   */
  async open(): Promise<void> {
    await Promise.all(this.#channels.byUrgency.map((channel) => channel.open()));
  }

  /**
   * Emits an event and tells what happened to it in every channel. Critical and high events are awaited until they have
   * been handled; a channel that blocks is awaited until it has room, and one that is slowed down until it is the event's turn,
   * which is how sources are slowed down.
   *
   * Refusals and failed handlers are outcomes, not errors.
   *
   * @throws LLMSPELL_E_EVENT_TYPE, LLMSPELL_E_EVENT_DATA
   */
  emit(input: EventInput, options: EmitOptions = {}): Promise<EmitResult> {
    return this.#emission.submit(input, options, true);
  }

  /**
   * Emits an event as `emit` does, but waits for room only, never for handling: what is accepted is `queued`, whatever
   * its priority. So a handler may await it.
   *
   * @throws LLMSPELL_E_EVENT_TYPE, LLMSPELL_E_EVENT_DATA
   */
  enqueue(input: EventInput, options: EnqueueOptions = {}): Promise<EmitResult> {
    return this.#emission.submit(input, options, false);
  }

  /**
   * Emits an event without waiting for anything, not even for room; makes no promise. Where a queue stores asynchronously
   * and fails later, the channel counts the event as `rejected` and logs it.
   *
   * @returns the event's sequence number when at least one channel accepted it; otherwise, below zero, the reason:
   * `UNROUTED`, `NO_SUBSCRIBERS`, or the first refusal of `RATE_LIMITED`, `BREAKER_OPEN`, `REJECTED`
   * @throws LLMSPELL_E_EVENT_TYPE, LLMSPELL_E_EVENT_DATA
   */
  publish(input: EventInput): number;
  /** The same for an event that has a type and data only: the cheapest way. */
  publish(type: string, data: unknown): number;
  publish(event: string | EventInput, data?: unknown): number {
    return typeof event === "string" ? this.#emission.publish(event, data) : this.#emission.publishInput(event);
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
    return this.#channels.get(channel).subscribe(handler, options);
  }

  /**
   * Watches what is emitted: `observer` is told of each event that a channel has accepted, once, before anybody handles
   * it. What a durable queue kept from an earlier run, and dead letters, it is not told of. Costs nothing while there is none.
   */
  observe(observer: EmissionObserver): Disposable {
    for (const channel of this.#channels.all) channel.closeLanes();
    return this.#observers.add(observer);
  }

  /**
   * Gives a channel's events to a handler in batches: when one is full, or has waited for long enough. When the handler
   * fails, each event of the batch has failed, and is retried as the channel says.
   *
   * @throws LLMSPELL_E_CHANNEL_UNKNOWN, LLMSPELL_E_CHANNEL_SUBSCRIBER
   */
  subscribeBatch(channel: string, handler: BatchHandler, options: BatchSubscribeOptions = {}): Disposable {
    const { size = this.#channelContext.batchSize, wait = this.#flushInterval, concurrency = 1, ...others } = options;
    const collector = new BatchCollector(handler, size, wait, this.#clock);
    return this.subscribe(channel, collector.handle, { ...others, concurrency: size * concurrency });
  }

  /**
   * Looks at what a channel accepts, live, for debugging: `for await (const event of bus.tap("users")) …`. It takes part in
   * nothing: a reader that is slow misses the oldest events, and can see how many. Ends with `break`, its disposal, or when the bus
   * stops.
   *
   * @param capacity how many events it keeps for its reader at most
   * @throws LLMSPELL_E_CHANNEL_UNKNOWN
   */
  tap(channel: string, capacity = 1000): ChannelTap {
    this.#channels.get(channel).closeLanes();
    return new ChannelTap(capacity, (listener) => this.#observers.listenAt(channel, listener), this.#stopping.signal);
  }

  /**
   * Listens to the bus itself: `performance_stats` comes once a second, `backpressure` when a channel begins or ceases to
   * refuse events for pressure, and when the flow controller has changed its rate.
   */
  on<Name extends keyof BusMonitorEvents>(name: Name, listener: (event: BusMonitorEvents[Name]) => void): Disposable {
    return this.#monitor.on(name, listener);
  }

  /**
   * Declares a further channel. One with a durable queue refuses events until `open` is called, again if need be.
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
    const channel = this.#channels.get(route.channel);
    const { priority = channel.priority } = route;
    const entry: RouteEntry<Channel> = { matcher, channel, priority, lane: channel.laneFor(priority) };
    this.#table.add(entry);
    this.#emission.forgetPlan();
    return {
      [Symbol.dispose]: () => {
        this.#table.remove(entry);
        this.#emission.forgetPlan();
      },
    };
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
   * Waits until nothing waits or is under way in any channel that has subscribers, and in the others until all that is under
   * way has ended. Does not stop anyone from emitting.
   *
   * @throws the signal's reason when it aborts
   */
  async drained(signal?: AbortSignal): Promise<void> {
    this.#progress.isWatched = true;
    this.#schedule.flushNow();
    while (this.#channels.byUrgency.some((channel) => !channel.isIdle)) {
      this.#idle ??= Promise.withResolvers();
      this.#progress.isWatched = true;
      await untilAborted(this.#idle.promise, signal);
    }
  }

  /** The figures of the bus and its channels, as of now. */
  stats(): EventBusStats {
    const { emitted, unrouted, noSubscribers, refused, emitting } = this.#emission;
    const byLane = ({ lane, entry }: Channel) => lane.entered + lane.left + (entry?.entered ?? 0);
    const routed = this.#channels.all.reduce((sum, channel) => sum + byLane(channel), this.#emission.routed);
    return {
      ...{ emitted, routed, unrouted, noSubscribers, refused, emitting },
      predicateErrors: this.#table.predicateErrors,
      channels: Object.fromEntries(this.#channels.all.map((channel) => [channel.name, channel.stats()])),
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

  async #close(): Promise<void> {
    this.#schedule.stop();
    this.#monitor.stop();
    this.#stopping.abort();
    await Promise.all(this.#channels.byUrgency.map((channel) => channel.close()));
    this.#channelIdle();
  }

  #declareChannels(channels: Readonly<Record<string, ChannelOptions>>): void {
    this.#channels.add(channels, (name, options) => new Channel(name, options, this.#channelContext));
  }

  #offerTo(name: string, event: BusEvent): boolean | Promise<boolean> {
    const channel = this.#channels.get(name);
    const submitted = channel.submit(event, channel.priority, NO_WAIT, false);
    return submitted instanceof Promise
      ? submitted.then(({ outcome }) => outcome === "queued")
      : submitted.outcome === "queued";
  }

  #channelIdle(): void {
    this.#progress.isWatched = false;
    this.#idle?.resolve();
    this.#idle = undefined;
  }
}
