import type { BusEvent } from "./bus-event.ts";

/**
 * Handles an event. Throwing, or rejecting, means that it was not handled: the channel tries again, or gives up.
 *
 * @param context its signal aborts when the bus stops without waiting any longer, or the subscription is cut off
 */
export type EventHandler = (event: BusEvent, context: HandlerContext) => void | Promise<void>;

/** What a handler gets beside the event. */
export interface HandlerContext {
  /** Once it has aborted, throwing means that the handling was cut off: the event is not given up. */
  readonly signal: AbortSignal;
}

/** How a subscriber takes its events. */
export interface SubscribeOptions {
  /**
   * Members of one group share a channel's events: the balancer gives each event to one of them. Different groups get every
   * event each. `default` when left out, so that plain subscribers share.
   */
  readonly group?: string | undefined;
  /** The name that balancers and statistics know it by; the group's name and a number when left out. */
  readonly id?: string | undefined;
  /** Its share relative to the others of its group, above 0; 1 when left out. */
  readonly weight?: number | undefined;
  /** How many events it handles at a time, at least 1; 1 when left out. */
  readonly concurrency?: number | undefined;
  /**
   * Ends the subscription and cuts off what it handles. An event whose handler then fails goes back to the queue, for
   * other subscribers or the next run; a queue in memory sheds it when the bus stops.
   */
  readonly signal?: AbortSignal | undefined;
}
