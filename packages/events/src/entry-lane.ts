import type { TokenBucket } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import type { CoarseClock, Moment } from "./coarse-clock.ts";
import type { Lane } from "./lane.ts";
import type { MemoryQueue } from "./memory-queue.ts";

/** So many tokens at most are held at a time; others of a small bucket would go without. */
const CREDIT = 128;

/** What the lane asks of its channel. */
export interface EntryLaneContext {
  /** So many waiting events are handed out at once. */
  readonly batchSize: number;
  /** How many normal events the channel takes, looked at no more; 0 when each must be looked at. */
  room(): number;
  /** Has the channel hand out what waits, and close the lane, when the code that runs now has ended. */
  requestPromptFlush(): void;
}

/**
 * The short way into the queue, for normal events that are published in a row.
 *
 * What the channel's door asks of each event (is there room, a token, a subscriber; is the circuit breaker closed, does
 * anybody hold the channel back or watch it) has one answer until something else happens to the channel. So the lane opens
 * with a credit that is paid for in advance: that many tokens are taken, and there is room for that many, below a full
 * batch. Whatever else happens to the channel closes it, and so does the end of the code that runs now; what was not used
 * goes back. An event on it costs a comparison, its object and a place in the queue. `bench/suites/events.bench.ts` shows
 * what it is good for.
 */
export class EntryLane implements Lane {
  credit = 0;
  moment: Moment;
  readonly #context: EntryLaneContext;
  readonly #queue: MemoryQueue;
  readonly #clock: CoarseClock;
  readonly #bucket: TokenBucket | undefined;
  #granted = 0;
  #enteredBefore = 0;
  /** The turn of the event loop in which an event was last let in by the door. */
  #turn = -1;

  constructor(context: EntryLaneContext, queue: MemoryQueue, clock: CoarseClock, bucket: TokenBucket | undefined) {
    this.#context = context;
    this.#queue = queue;
    this.#clock = clock;
    this.#bucket = bucket;
    this.moment = clock.last;
  }

  /** Events that came in by it. */
  get entered(): number {
    return this.#enteredBefore + this.#granted - this.credit;
  }

  pass(event: BusEvent): void {
    this.credit--;
    this.#queue.enqueueNormal(event);
  }

  /** To be called when the door has let in a normal event: at the second of a turn others may be expected to follow. */
  openForNext(): void {
    const { turn } = this.#clock;
    if (turn === this.#turn) this.#open();
    this.#turn = turn;
  }

  /** Closes it, and gives back what was not used. */
  close(): void {
    if (this.#granted === 0) return;
    this.#enteredBefore = this.entered;
    this.#bucket?.giveBack(this.credit);
    this.#granted = 0;
    this.credit = 0;
  }

  #open(): void {
    this.close();
    const { size } = this.#queue;
    // The event that fills the batch comes by the door, which hands the batch out. One that is full has to wait anyway.
    const { batchSize } = this.#context;
    const toFull = size < batchSize ? batchSize - 1 - size : CREDIT;
    const wanted = Math.min(CREDIT, toFull, this.#context.room());
    if (wanted <= 0) return;
    const granted = this.#bucket === undefined ? wanted : this.#bucket.takeUpTo(wanted);
    if (granted === 0) return;
    this.#granted = granted;
    this.credit = granted;
    this.moment = this.#clock.now();
    this.#context.requestPromptFlush();
  }
}
