import type { Clock, Log, Random } from "@llmspell/base";
import type { Use } from "@llmspell/kernel";
import type { LoadBalancer } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import type { CoarseClock } from "./coarse-clock.ts";
import type { EmissionObservers } from "./emission-observers.ts";
import type { ChannelOptions } from "./generated/options.ts";
import type { Queue } from "./queue.ts";
import type { RateLimit } from "./rate-limit.ts";

/** Whether somebody waits for channels to become idle; if not, they need not find out whether they are. */
export interface Progress {
  isWatched: boolean;
}

/** What a channel gets from its bus. */
export interface ChannelContext {
  readonly clock: Clock;
  /** The same time, for what happens at every event. */
  readonly coarseClock: CoarseClock;
  readonly random: Random;
  readonly log: Log;
  /** This many waiting events are handed out at once. */
  readonly batchSize: number;
  /** The rate at which a channel begins to take normal and low events; `Infinity` for no limit. */
  readonly flowRate: number;
  /** Aborts when the bus stops. */
  readonly signal: AbortSignal;
  createBalancer(use: Use, owner: string): LoadBalancer;
  /** The limit that a channel asks for, of its own or shared; a `TokenBucket` where it is neither shared nor by key. */
  createRateLimit(limit: NonNullable<ChannelOptions["rateLimit"]>, burst: number | undefined): RateLimit;
  createQueue(use: Use, owner: string): Queue;
  readonly progress: Progress;
  readonly observers: EmissionObservers;
  /** Asks the bus to call `pump` when the code that runs now has ended. */
  requestPromptFlush(): void;
  /** Asks the bus to call `pump` after `delay` milliseconds, or the flush interval. */
  requestFlush(delay?: number): void;
  /** Offers an event to another channel; whether that keeps it, as a promise where its queue takes time to store it. */
  offerTo(channel: string, event: BusEvent): boolean | Promise<boolean>;
  /** Tells that nothing waits or is under way here any more. */
  idle(): void;
}
