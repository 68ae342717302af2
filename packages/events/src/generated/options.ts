// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Duration, Rate } from "@llmspell/base";
import type { Use } from "@llmspell/kernel";

/**
 * Events of which this has the same value are limited together, apart from others: `event.data.userId`. Events that lack it are limited together too. The last 10,000 keys at least are remembered.
 */
export type RateLimitKey = string;

/**
 * The event bus: channels, and the routes that bring events to them.
 */
export interface EventsSection {
  /**
   * When buffered events of normal and low priority are handed out.
   */
  batch?: {
    /**
     * A channel with this many waiting events hands them out at once.
     */
    size?: number;
    /**
     * The longest that a low event, or a batch that a subscriber collects, waits; normal events are handed out when the code that emits them has ended.
     */
    flushInterval?: Duration;
  };
  backpressure?: BackpressureOptions;
  /**
   * What the data of events must look like, by event type. An event that does not fit is refused to its emitter with an error, before it has a sequence number. Types that are not named may carry anything.
   */
  payloads?: {
    [k: string]: EventPayload;
  };
  /**
   * Rate limits by name, for channels to share: `rateLimit: { shared: github }`.
   */
  rateLimits?: {
    [k: string]: SharedRateLimit;
  };
  /**
   * The channels by name. Pipelines and subscribers listen on a channel, never on an event type.
   */
  channels?: {
    [k: string]: ChannelOptions;
  };
  /**
   * Which events go to which channel. An event goes to every channel that a route names for it, once each.
   */
  routes?: Use[];
}
/**
 * When events that are less urgent are refused so that the others get through. The pressure of a channel is the highest of: how full its queue is, how late the event loop is, how full the heap is; it is read every 100 ms. Without this, only full queues refuse.
 */
export interface BackpressureOptions {
  /**
   * The pressure from which on a channel refuses low events.
   */
  shedLow?: number;
  /**
   * The pressure from which on it refuses normal events too. High and critical ones it never refuses for pressure.
   */
  shedNormal?: number;
  /**
   * So far below its threshold the pressure must fall, or to half of it, before what was refused is admitted again.
   */
  hysteresis?: number;
  /**
   * An event loop that is this late counts as full pressure.
   */
  maxEventLoopDelay?: Duration;
  /**
   * Slows down what comes in before anything must be refused for pressure: sets, ten times a second, the rate at which each channel takes normal and low events. `emit` waits for its turn; `publish` is `rate_limited`. When left out, nothing is slowed down.
   */
  controller?: Use;
}
/**
 * What the data of one event type must look like.
 */
export interface EventPayload {
  /**
   * A JSON Schema (draft-07) of the event's data.
   */
  schema: {
    [k: string]: unknown;
  };
}
/**
 * A rate limit that channels share by its name.
 */
export interface SharedRateLimit {
  /**
   * How many events are admitted, in all channels together, of each key.
   */
  rate: Rate;
  /**
   * How many events above the rate may come at once. One second's worth, and at least 1, when left out.
   */
  burst?: number;
  key?: RateLimitKey;
}
/**
 * One channel: how it admits, keeps and hands out events.
 */
export interface ChannelOptions {
  /**
   * critical: handed out at once, awaited. high: ahead of the queue, awaited. normal: buffered, in batches. low: after all others.
   */
  priority?: "critical" | "high" | "normal" | "low";
  /**
   * How many events may wait in the channel's queue.
   */
  capacity?: number;
  /**
   * When the queue is full: refuse the new event, make its emitter wait, or shed the oldest of the least urgent.
   */
  overflow?: "reject" | "block" | "drop_oldest";
  /**
   * Events of which this has the same value are handled one after the other, in the order in which the channel accepted them, whatever the concurrency: `event.key`. A retry holds back those behind it; other keys go on. Events that lack it have no order. The channel has one line then: the priority of a route does not let events pass others that wait.
   */
  orderBy?: string;
  /**
   * How many events the channel admits; what comes faster is refused and counted. A rate, or an object for a limit per key, or one that channels share.
   */
  rateLimit?: Rate | ChannelRateLimit | RateLimitReference;
  /**
   * How many events above the rate may come at once. One second's worth, and at least 1, when left out.
   */
  burst?: number;
  /**
   * Chooses which subscriber of a group takes an event.
   */
  balancer?: Use;
  circuitBreaker?: ChannelCircuitBreaker;
  ejection?: ChannelMemberEjection;
  /**
   * Where waiting events are kept.
   */
  queue?: Use;
  retries?: RetryOptions;
  /**
   * The channel that gets the events that could not be handled. They carry why, under `deadLetter`, with the last ten attempts.
   */
  deadLetter?: string;
}
/**
 * A rate limit of the channel's own.
 */
export interface ChannelRateLimit {
  /**
   * How many events are admitted, of each key.
   */
  rate: Rate;
  /**
   * How many events above the rate may come at once. One second's worth, and at least 1, when left out.
   */
  burst?: number;
  key?: RateLimitKey;
}
/**
 * One of `rateLimits`, which all channels that name it keep together.
 */
export interface RateLimitReference {
  /**
   * The name of the limit.
   */
  shared: string;
}
/**
 * When calls that keep failing are stopped for a while.
 */
export interface ChannelCircuitBreaker {
  /**
   * The share of failed calls at which the breaker opens: 0.5 is half of them.
   */
  threshold?: number;
  /**
   * How far back calls count.
   */
  window?: Duration;
  /**
   * Below this many calls in the window the breaker never opens.
   */
  minimumCalls?: number;
  /**
   * So many failed calls in a row open it too, whatever their share and however few calls there were. When left out, only shares do.
   */
  consecutiveFailures?: number;
  /**
   * A call that takes longer is slow. When left out, how long calls take does not matter.
   */
  slowCallDuration?: Duration;
  /**
   * The share of slow calls at which the breaker opens, `slowCallDuration` given: 1 is when all of them are slow.
   */
  slowCallThreshold?: number;
  /**
   * How long it stays open before it lets trial calls through.
   */
  openDuration?: Duration;
  /**
   * How many trial calls must succeed for it to close; one that fails, or is slow, opens it again.
   */
  halfOpenCalls?: number;
}
/**
 * When a subscriber of a group that keeps failing gets no events for a while: when a circuit breaker of its own opens, and not too many others are without events.
 */
export interface ChannelMemberEjection {
  /**
   * The largest share of the members that may be without work at a time, rounded down; half of three is one. One always stays.
   */
  maxEjectedShare?: number;
  /**
   * The share of failed calls at which the breaker opens: 0.5 is half of them.
   */
  threshold?: number;
  /**
   * How far back calls count.
   */
  window?: Duration;
  /**
   * Below this many calls in the window the breaker never opens.
   */
  minimumCalls?: number;
  /**
   * So many failed calls in a row open it too, whatever their share and however few calls there were. When left out, only shares do.
   */
  consecutiveFailures?: number;
  /**
   * A call that takes longer is slow. When left out, how long calls take does not matter.
   */
  slowCallDuration?: Duration;
  /**
   * The share of slow calls at which the breaker opens, `slowCallDuration` given: 1 is when all of them are slow.
   */
  slowCallThreshold?: number;
  /**
   * How long it stays open before it lets trial calls through.
   */
  openDuration?: Duration;
  /**
   * How many trial calls must succeed for it to close; one that fails, or is slow, opens it again.
   */
  halfOpenCalls?: number;
}
/**
 * How often an event is tried again when its subscriber fails. Without it, once only.
 */
export interface RetryOptions {
  /**
   * How many times an event is tried in all, the first included.
   */
  attempts?: number;
  /**
   * The wait before the second attempt; it doubles with each further one. Half of each wait is random.
   */
  backoff?: Duration;
  /**
   * The longest wait between two attempts.
   */
  maxBackoff?: Duration;
}

export const eventsSectionDefaults = {
  "batch": {
    "size": 100,
    "flushInterval": "10ms"
  }
} as const;

export const channelOptionsDefaults = {
  "priority": "normal",
  "capacity": 10000,
  "overflow": "reject",
  "balancer": "round_robin",
  "queue": "memory"
} as const;

export const backpressureOptionsDefaults = {
  "shedLow": 0.8,
  "shedNormal": 0.95,
  "hysteresis": 0.2,
  "maxEventLoopDelay": "500ms"
} as const;

export const channelCircuitBreakerDefaults = {
  "threshold": 0.5,
  "window": "10s",
  "minimumCalls": 10,
  "slowCallThreshold": 1,
  "openDuration": "30s",
  "halfOpenCalls": 3
} as const;

export const channelMemberEjectionDefaults = {
  "maxEjectedShare": 0.5,
  "threshold": 0.5,
  "window": "10s",
  "minimumCalls": 10,
  "slowCallThreshold": 1,
  "openDuration": "30s",
  "halfOpenCalls": 3
} as const;

export const retryOptionsDefaults = {
  "attempts": 3,
  "backoff": "100ms",
  "maxBackoff": "30s"
} as const;

/**
 * Keys of every flow controller, beside its own options: between which rates it may choose.
 */
export interface FlowBounds {
  /**
   * So many normal and low events may come into a channel under any pressure. 1/s when left out, or `maxRate` where that is less.
   */
  minRate?: Rate;
  /**
   * So many normal and low events may come into a channel without pressure. No limit when left out.
   */
  maxRate?: Rate;
}

/**
 * What every route says beside its implementation: where its events go.
 */
export interface RouteBinding {
  /**
   * The channel that gets the events.
   */
  channel: string;
  /**
   * The priority of these events in the channel; the channel's own when left out.
   */
  priority?: "critical" | "high" | "normal" | "low";
}
