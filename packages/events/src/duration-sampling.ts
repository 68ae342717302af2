import type { DurationSummary } from "@llmspell/base";
import { LatencyHistogram } from "@llmspell/resilience";
import type { BusEvent } from "./bus-event.ts";
import type { CoarseClock, Moment } from "./coarse-clock.ts";

/** A handler that takes longer than this is timed at every event: then the clock costs nothing in comparison. */
const SLOW = 0.02;

/**
 * How long events take from emission to the end of their handling. One of those that are handled in a row is timed, and
 * stands for the others of that moment; whoever takes long is timed each time. So every event counts, and most of them cost
 * an addition.
 */
export class DurationSampling {
  readonly #clock: CoarseClock;
  readonly #histogram = new LatencyHistogram();
  #sampledAt: Moment | undefined;
  #lastDuration = 0;
  /** Events since then that are taken to have lasted as long. */
  #untimed = 0;

  constructor(clock: CoarseClock) {
    this.#clock = clock;
  }

  /** @param began what the coarse clock said before the handlers were called */
  handledAtOnce(event: BusEvent, began: Moment): void {
    if (began === this.#sampledAt) {
      this.#untimed++;
      return;
    }
    const ended = this.#clock.read();
    this.#record(ended.time - event.emittedAt);
    this.#sampledAt = ended.time - began.time > SLOW ? undefined : ended;
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
