import type { DurationSummary } from "@llmspell/base";
import type { BreakerState } from "@llmspell/resilience";
import type { PressureLevel } from "./pressure-valve.ts";

/**
 * What went through a channel so far. Two sums always hold:
 *
 * - `offered` = `accepted` + `rateLimited` + `breakerOpen` + `rejected` + `noSubscribers` + `blocked`
 * - `accepted` = `delivered` + `failed` + `shed` + `expired` + `waiting` + `inFlight`
 */
export interface ChannelStats {
  /**
   * Events that a route or a dead-letter rule brought here, those that a durable queue kept from an earlier run, and those
   * that are `redelivered`.
   */
  readonly offered: number;
  readonly accepted: number;
  readonly rateLimited: number;
  readonly breakerOpen: number;
  readonly rejected: number;
  readonly noSubscribers: number;
  /** Emitters that wait for room, or for their turn where a flow controller slows down, now. */
  readonly blocked: number;
  /** Events that every group has handled. */
  readonly delivered: number;
  /** Events that at least one group could not handle, at any attempt. */
  readonly failed: number;
  /** Accepted events that were dropped: for room (`drop_oldest`), or when the bus stopped with a queue in memory. */
  readonly shed: number;
  /** Accepted events whose time to live was over when their turn came; dead-lettered where the channel says so. */
  readonly expired: number;
  /** Expired events that the dead-letter channel accepted, and those that it refused. */
  readonly expiredDeadLettered: number;
  readonly expiredDeadLettersRefused: number;
  /** Events in the queue now. */
  readonly waiting: number;
  /** Those waiting that `orderBy` keeps back, since one before them of the same key has not ended. */
  readonly heldBack: number;
  /** Events that subscribers handle, that wait for their next attempt, or whose dead letter is being stored, now. */
  readonly inFlight: number;
  /** Those waiting or in flight that a durable queue keeps for the next run. */
  readonly kept: number;
  /** Events that the queue put back because whoever has them took too long; each counts as one event more. */
  readonly redelivered: number;
  /** Attempts after the first. */
  readonly retries: number;
  /** Failed events that the dead-letter channel accepted. */
  readonly deadLettered: number;
  /** Failed events that the dead-letter channel refused, or could not store; each is logged. */
  readonly deadLettersRefused: number;
  /** How often the queue failed to keep, give out or acknowledge an event; each is logged. */
  readonly queueErrors: number;
  readonly subscribers: number;
  /** Subscribers that get no events now because they fail. */
  readonly ejected: number;
  /** `undefined` when the channel has no circuit breaker. */
  readonly breaker: BreakerState | undefined;
  /** What it refuses for pressure now; `open` is nothing. */
  readonly pressure: PressureLevel;
  /** How many of the `rejected` it refused for pressure. */
  readonly refusedForPressure: number;
  /** Normal and low events a second that may come in now, as the flow controller says; `undefined` when there is no limit. */
  readonly rate: number | undefined;
  /** Events whose emitters had to wait for their turn, whatever became of them. */
  readonly delayed: number;
  /** How many of the `rateLimited` it refused because of `rate`, not of the channel's `rateLimit`. */
  readonly refusedForRate: number;
  /** From the emission to the end of the handling, of delivered and failed events. */
  readonly duration: DurationSummary;
}

/**
 * What the bus did so far. `emitted` = `routed` + `unrouted` + `noSubscribers` + `refused` + `emitting`, always.
 */
export interface EventBusStats {
  readonly emitted: number;
  /** Events that at least one channel accepted. */
  readonly routed: number;
  readonly unrouted: number;
  readonly noSubscribers: number;
  /** Events that every one of their channels refused. */
  readonly refused: number;
  /** Calls of `emit` that are under way. */
  readonly emitting: number;
  /** How often the condition of a route threw, which counts as not matching. */
  readonly predicateErrors: number;
  readonly channels: Readonly<Record<string, ChannelStats>>;
}
