import type { Reading } from "@llmspell/base";
import { formatCount, formatDuration } from "./figures.ts";

interface Totals {
  readonly at: number;
  readonly in: number;
}

/** What is said about a run while it runs: how long, how many events came in and how fast, what waits, what failed. */
export class ProgressLine {
  readonly #start: number;
  #last: Totals;
  #rate = 0;

  /** @param start milliseconds since the Unix epoch */
  constructor(start: number) {
    this.#start = start;
    this.#last = { at: start, in: 0 };
  }

  /** The line as of `at`; the rate is over the time since the line before. */
  render(readings: readonly Reading[], at: number): string {
    const ofPart = (part: string) => readings.filter((reading) => reading.part === part);
    const sources = ofPart("source");
    const sum = (of: readonly Reading[], counter: "in" | "pending" | "failed") =>
      of.reduce((total, reading) => total + reading[counter], 0);
    const came = sum(sources.length > 0 ? sources : ofPart("bus"), "in");
    if (at > this.#last.at) {
      this.#rate = ((came - this.#last.in) * 1000) / (at - this.#last.at);
      this.#last = { at, in: came };
    }
    const events = `${formatCount(came)} events in (${formatCount(this.#rate)}/s)`;
    const waiting = `${formatCount(sum(ofPart("channel"), "pending"))} pending`;
    const failed = sum(sources, "failed") + sum(ofPart("pipeline"), "failed");
    return [formatDuration(at - this.#start), events, waiting, `${formatCount(failed)} failed`].join("  ");
  }
}
