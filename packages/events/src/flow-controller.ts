/** A channel at the moment of a decision. Shares are from 0 to 1; figures "of late" are those of the last second. */
export interface FlowReading {
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  /** The share of the queue's capacity that is taken. */
  readonly queue: number;
  /** The share of late in which no subscriber had room. */
  readonly busy: number;
  /** How late the event loop is, as a share of `maxEventLoopDelay`. */
  readonly eventLoop: number;
  /** The share of the heap that is in use. */
  readonly heap: number;
  /** Events in the queue. */
  readonly waiting: number;
  /** Events a second that asked to come in of late, with those that still wait for their turn. */
  readonly demand: number;
  /** Events a second that subscribers were done with, of late. */
  readonly throughput: number;
  /** The present rate; events a second, `Infinity` when there is no limit. From `minRate` to `maxRate`. */
  readonly rate: number;
  readonly minRate: number;
  /** `Infinity` when nothing is to be limited without pressure. */
  readonly maxRate: number;
}

/** What a controller wants, and why. */
export interface FlowDecision {
  /** Events a second that may come in; the bus keeps it within `minRate` and `maxRate`. */
  readonly rate: number;
  /** One short sentence: `pressure 71 % is above 60 %`. */
  readonly reason: string;
}

/**
 * Decides how many events a second may come into a channel. Pure: the same reading gives the same decision, so that one
 * controller serves all channels; the bus remembers the rate. It is asked ten times a second.
 */
export interface FlowController {
  /** The rate to go to, or `undefined` to stay. More pressure never gives a higher rate. */
  adjust(reading: FlowReading): FlowDecision | undefined;
}

declare module "@llmspell/kernel" {
  interface Kinds {
    "flow-controller": FlowController;
  }
}
