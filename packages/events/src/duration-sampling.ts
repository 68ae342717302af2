import type { DurationSummary } from "@llmspell/base";
import { LatencyHistogram } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import type { CoarseClock, Moment } from "./coarse-clock.ts";

/** A handler that takes longer than this is timed at every event: then the clock costs nothing in comparison. */
const SLOW = 0.02;

/** Of the events that a channel gets handled without a pause, one in so many is timed. */
const SAMPLED_OF = 128;

/**
 * How long events take from emission to the end of their handling. Of those that are handled in a row one is timed, and
 * stands for those after it; where handlers are slow, and where events come one by one, each is. So every event counts, and
 * most of them cost an addition.
 */
export class DurationSampling {
  readonly #clock: CoarseClock;
  readonly #histogram = new LatencyHistogram();
  /** The turn of the last sample, and how many of its events it still stands for. */
  #turn = -1;
  #left = 0;
  #lastDuration = 0;
  /** Events since then that are taken to have lasted as long. */
  #untimed = 0;

  constructor(clock: CoarseClock) {
    this.#clock = clock;
  }

  /** @param began what the coarse clock said before the handlers were called */
  handledAtOnce(event: BusEvent, began: Moment): void {
    if (this.#left > 0 && this.#turn === this.#clock.turn) {
      this.#left--;
      this.#untimed++;
      return;
    }
    const { time } = this.#clock.read();
    this.#record(time - event.emittedAt);
    this.#turn = this.#clock.turn;
    this.#left = time - began.time > SLOW ? 0 : SAMPLED_OF;
  }

  /** Whether the last sample was fast, and of this turn: then others may be taken to be like it. */
  get isFast(): boolean {
    return this.#left > 0 && this.#turn === this.#clock.turn;
  }

  /** Events that were handled as fast as the last sample. */
  handledLike(count: number): void {
    this.#untimed += count;
    this.#left -= count;
  }

  handledLater(event: BusEvent): void {
    this.#record(this.#clock.now().time - event.emittedAt);
  }

  summary(): DurationSummary {
    this.#countUntimed();
    return this.#histogram.summary();
  }

  #record(duration: number): void {
    this.#countUntimed();
    this.#lastDuration = duration;
    this.#histogram.record(duration);
  }

  #countUntimed(): void {
    if (this.#untimed === 0) return;
    this.#histogram.record(this.#lastDuration, this.#untimed);
    this.#untimed = 0;
  }
}
