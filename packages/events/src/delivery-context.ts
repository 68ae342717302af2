import type { Clock, Log } from "@llmspell/base";
import type { MemberEjection, RetryPolicy } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import type { CoarseClock } from "./coarse-clock.ts";

/** What the groups of one channel share. */
export interface DeliveryContext {
  readonly clock: Clock;
  /** The same time, for what happens at every event. */
  readonly coarseClock: CoarseClock;
  readonly log: Log;
  readonly retries: RetryPolicy;
  /** What balancers take for the key of an event, where it is not the event's own. */
  readonly keyOf: ((event: BusEvent) => string | undefined) | undefined;
  /** Aborts when the bus stops. */
  readonly signal: AbortSignal;
  countRetry(): void;
  /** What keeps events from failing members of one group, where the channel wants that. */
  createEjection(): MemberEjection | undefined;
}
