import {
  type ChannelOptions,
  EventBus,
  type EventBusDependencies,
  type EventsSection,
  eventErrors,
  type Priority,
  type Route,
  type RouteDestination,
} from "@llmspell/events";
import { LeastConnections, type LoadBalancer, RoundRobin } from "@llmspell/resilience";
import { commandErrors } from "../errors.ts";

/** The options of a `HighPerformanceEventBus`. */
export interface HighPerformanceEventBusOptions {
  /** How many events may wait in each channel; 10,000 when left out. */
  readonly defaultChannelCapacity?: number | undefined;
  /** A channel with this many waiting events hands them out at once; 100 when left out. */
  readonly batchProcessingSize?: number | undefined;
  /** The longest that buffered events wait; milliseconds, 10 when left out. */
  readonly batchFlushInterval?: number | undefined;
  /** Whether channels have a circuit breaker. When left out, those that give a threshold have one. */
  readonly enableCircuitBreaker?: boolean | undefined;
  readonly channels?: Readonly<Record<string, HighPerformanceChannelOptions>> | undefined;
}

export interface HighPerformanceChannelOptions {
  /** `normal` when left out. */
  readonly priority?: Priority | undefined;
  /** Events per second that the channel admits, above 0; as many as come when left out. */
  readonly rateLimitRps?: number | undefined;
  readonly subscriberPool?: HighPerformanceSubscriberPool | undefined;
  /** That events are buffered. Those of normal and low priority always are; urgent ones never. */
  readonly batchingEnabled?: boolean | undefined;
}

export interface HighPerformanceSubscriberPool {
  /** `round_robin`, which it is when left out, `least_connections`, or what the dependency `createBalancer` knows. */
  readonly loadBalancer?: string | undefined;
  /** The share of failed events at which the circuit breaker opens, above 0 and at most 1; 0.5 when left out. */
  readonly circuitBreakerThreshold?: number | undefined;
}

/**
 * An `EventBus` under the names of the design that llmspell was built from, for code that is written in them. A route may
 * name a channel that was not declared: it is then declared with the defaults.
 *
 * @example
 * const eventBus = new HighPerformanceEventBus({
 *   enableCircuitBreaker: true,
 *   channels: { user_actions: { priority: "high", rateLimitRps: 1000, subscriberPool: { loadBalancer: "round_robin" } } },
 * });
 * eventBus.addRoute({ eventType: "user_login", channel: "user_actions" });
 */
export class HighPerformanceEventBus extends EventBus {
  readonly #options: HighPerformanceEventBusOptions;
  readonly #declared: Set<string>;

  /** @throws LLMSPELL_E_BUS_BATCHING, LLMSPELL_E_RATE, LLMSPELL_E_DURATION, LLMSPELL_E_EVENT_IMPLEMENTATION */
  constructor(options: HighPerformanceEventBusOptions = {}, dependencies: EventBusDependencies = {}) {
    super(eventsSectionOf(options), { createBalancer, ...dependencies });
    this.#options = options;
    this.#declared = new Set(Object.keys(options.channels ?? {}));
  }

  override addChannel(name: string, options: ChannelOptions = {}): void {
    super.addChannel(name, options);
    this.#declared.add(name);
  }

  /** Adds a route, and its channel where that was not declared. The other ways to add one come here too. */
  override addRoute(route: Route | ({ readonly eventType: string } & RouteDestination)): Disposable {
    const { channel } = route;
    if (!this.#declared.has(channel)) this.addChannel(channel, channelOptionsOf(channel, {}, this.#options));
    return super.addRoute(route);
  }
}

function eventsSectionOf(options: HighPerformanceEventBusOptions): EventsSection {
  const { batchProcessingSize, batchFlushInterval, channels = {} } = options;
  return {
    batch: {
      ...(batchProcessingSize === undefined ? {} : { size: batchProcessingSize }),
      ...(batchFlushInterval === undefined ? {} : { flushInterval: batchFlushInterval }),
    },
    channels: Object.fromEntries(
      Object.entries(channels).map(([name, channel]) => [name, channelOptionsOf(name, channel, options)]),
    ),
  };
}

function channelOptionsOf(
  name: string,
  { priority = "normal", rateLimitRps, subscriberPool = {}, batchingEnabled }: HighPerformanceChannelOptions,
  { defaultChannelCapacity, enableCircuitBreaker }: HighPerformanceEventBusOptions,
): ChannelOptions {
  const { loadBalancer, circuitBreakerThreshold: threshold } = subscriberPool;
  if (batchingEnabled === true && (priority === "critical" || priority === "high")) {
    throw commandErrors.LLMSPELL_E_BUS_BATCHING({ channel: name, priority });
  }
  const hasBreaker = enableCircuitBreaker ?? threshold !== undefined;
  return {
    priority,
    ...(defaultChannelCapacity === undefined ? {} : { capacity: defaultChannelCapacity }),
    ...(rateLimitRps === undefined ? {} : { rateLimit: rateLimitRps }),
    ...(loadBalancer === undefined ? {} : { balancer: loadBalancer }),
    ...(hasBreaker ? { circuitBreaker: threshold === undefined ? {} : { threshold } } : {}),
  };
}

/** Those that the names above promise without a plugin. */
const createBalancer: NonNullable<EventBusDependencies["createBalancer"]> = (use): LoadBalancer => {
  const name = typeof use === "string" ? use : use.use;
  if (name === "round_robin") return new RoundRobin();
  if (name === "least_connections") return new LeastConnections();
  throw eventErrors.LLMSPELL_E_EVENT_IMPLEMENTATION({ kind: "load-balancer", use: name });
};
