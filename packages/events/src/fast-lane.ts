import type { CircuitBreaker, TokenBucket } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import type { CoarseClock, Moment } from "./coarse-clock.ts";
import type { DurationSampling } from "./duration-sampling.ts";
import { isPromise } from "./flight.ts";
import type { Single } from "./subscriber-pool.ts";

/** So many events at most pass between two looks at everything else. */
const CREDIT = 128;

/** Who goes on with an event that turned out not to be handled at once. */
export interface LaneContext {
  /** A handler returned a promise: the event takes its time. */
  tookTime(event: BusEvent, singles: readonly Single[], index: number, running: PromiseLike<unknown>): void;
  /** A handler threw. */
  threw(event: BusEvent, singles: readonly Single[], index: number, error: unknown): void;
  /** Hands out what was queued while a handler of the lane ran. */
  pump(): void;
}

/**
 * The short way through a channel, for urgent events that arrive and are handled in a row without a pause.
 *
 * On the ordinary way each event is checked against the queue, the rate limit, the circuit breaker, the clock. None of those
 * changes while only such events come; so the channel opens the lane with a credit, paid for in advance: that many tokens are
 * taken from the rate limit's bucket. An event on the lane costs a comparison, its object and the calls of its handlers.
 * Whatever else happens to the channel, and the end of the turn of the event loop, closes the lane and settles its account:
 * tokens go back, the breaker is told of the successes, durations are counted. `bench/suites/events.bench.ts` shows what it
 * is good for.
 */
export class FastLane {
  /** How many more events may pass; 0 when closed; below 0 when it was closed while a handler ran. */
  credit = 0;
  moment: Moment;
  /** Events that came in, and of these those that were handled. */
  entered = 0;
  handled = 0;
  /** Events that came in, and went on in the ordinary way. */
  left = 0;
  readonly #context: LaneContext;
  readonly #clock: CoarseClock;
  readonly #durations: DurationSampling;
  readonly #breaker: CircuitBreaker | undefined;
  readonly #bucket: TokenBucket | undefined;
  #singles: readonly Single[] = [];
  #granted = 0;
  #enteredBefore = 0;
  #handledBefore = 0;
  #isClosedAtPause = false;

  constructor(
    context: LaneContext,
    clock: CoarseClock,
    durations: DurationSampling,
    breaker: CircuitBreaker | undefined,
    bucket: TokenBucket | undefined,
  ) {
    this.#context = context;
    this.#clock = clock;
    this.#durations = durations;
    this.#breaker = breaker;
    this.#bucket = bucket;
    this.moment = clock.now();
  }

  /** Whether an event is being handled on it. */
  get isBusy(): boolean {
    return this.entered !== this.handled;
  }

  /** Lets the next events pass; the channel must be free of anything that could stop them. */
  open(singles: readonly Single[]): void {
    const granted = this.#bucket === undefined ? CREDIT : this.#bucket.takeUpTo(CREDIT);
    if (granted === 0) return;
    this.#singles = singles;
    this.#granted = granted;
    this.#enteredBefore = this.entered;
    this.#handledBefore = this.handled;
    this.moment = this.#clock.now();
    this.credit = granted;
  }

  /** The same, until the code that runs now has ended. */
  openTillPause(singles: readonly Single[]): void {
    this.open(singles);
    if (this.#isClosedAtPause) return;
    this.#isClosedAtPause = true;
    this.#clock.atPause(() => {
      this.#isClosedAtPause = false;
      this.close();
    });
  }

  /** Hands the event to the subscribers. Needs `credit` above 0. Whether they have handled it. */
  pass(event: BusEvent): boolean {
    const { credit } = this;
    const singles = this.#singles;
    // What a handler emits into the channel must wait until it has ended: for it the lane is closed.
    this.credit = 0;
    this.entered++;
    let index = 0;
    let running: unknown;
    try {
      do {
        const single = singles[index] as Single;
        running = single.handler(event, single.context);
        if (running !== undefined && isPromise(running)) break;
        index++;
      } while (index < singles.length);
    } catch (error) {
      this.#leave();
      this.#context.threw(event, singles, index, error);
      return false;
    }
    if (index < singles.length) {
      this.#leave();
      this.#context.tookTime(event, singles, index, running as PromiseLike<unknown>);
      return false;
    }
    this.handled++;
    if (this.credit === 0) this.credit = credit - 1;
    else this.#endOfClosed();
    return true;
  }

  /** Closes it, and settles the account. */
  close(): void {
    if (this.#granted === 0) return;
    const unused = this.#granted - (this.entered - this.#enteredBefore);
    this.#granted = 0;
    this.credit = this.isBusy ? -1 : 0;
    this.#bucket?.giveBack(unused);
    this.#count(this.handled - this.#handledBefore);
  }

  /** The event is not one of the lane's any more. */
  #leave(): void {
    if (this.credit < 0) this.credit = 0;
    else this.close();
    this.entered--;
    this.left++;
    this.credit = 0;
  }

  /** The handler's event was the last: something has closed the lane meanwhile, and settled all but this event. */
  #endOfClosed(): void {
    this.credit = 0;
    this.#count(1);
    this.#context.pump();
  }

  #count(successes: number): void {
    if (successes === 0) return;
    this.#durations.handledLike(successes);
    if (this.#breaker === undefined) return;
    const permit = this.#breaker.tryAcquire();
    if (permit !== undefined) this.#breaker.recordSuccesses(permit, successes, this.moment.time);
  }
}
