import type { BusEvent } from "./bus-event.ts";

/**
 * Handles an event. Throwing, or rejecting, means that it was not handled: the channel tries again, or gives up.
 *
 * @param context its signal aborts when the bus stops without waiting any longer
 */
export type EventHandler = (event: BusEvent, context: HandlerContext) => void | Promise<void>;

export interface HandlerContext {
  readonly signal: AbortSignal;
}

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
}
