import type { Sample } from "./sample-history.ts";

/** How fast a part's counters grow; per second. */
export interface Rates {
  readonly in: number;
  readonly out: number;
  readonly shed: number;
  readonly failed: number;
}

export const NO_RATES: Rates = { in: 0, out: 0, shed: 0, failed: 0 };

/** The mean growth of the counters between two samples of one part; zero when no time lies between them. */
export function ratesBetween(earlier: Sample, later: Sample): Rates {
  const seconds = (later.at - earlier.at) / 1000;
  if (seconds <= 0) return NO_RATES;
  const grown = (counter: keyof Rates) => (later.reading[counter] - earlier.reading[counter]) / seconds;
  return { in: grown("in"), out: grown("out"), shed: grown("shed"), failed: grown("failed") };
}
