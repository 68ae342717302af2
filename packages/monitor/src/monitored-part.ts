import type { Reading } from "@llmspell/base";
import type { Rates } from "./rates.ts";

/** A part's figures at one moment, and how fast its counters grow. */
export interface MonitoredPart {
  readonly reading: Reading;
  /** Over the last second; over the time since the first sample while that is shorter. */
  readonly rates: Rates;
}
