import type { Clock, Log, Random } from "@llmspell/base";
import type { Use } from "@llmspell/kernel";
import type { LoadBalancer } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import type { Queue } from "./queue.ts";

/** What a channel gets from its bus. */
export interface ChannelContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** This many waiting events are handed out at once. */
  readonly batchSize: number;
  /** Aborts when the bus stops. */
  readonly signal: AbortSignal;
  createBalancer(use: Use, owner: string): LoadBalancer;
  createQueue(use: Use, owner: string): Queue;
  /** Asks the bus to call `pump` within the flush interval. */
  requestFlush(): void;
  /** Offers an event to another channel; whether that accepted it. */
  offerTo(channel: string, event: BusEvent): boolean;
  /** Tells that nothing waits or is under way here any more. */
  idle(): void;
}
