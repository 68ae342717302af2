/** The share of runs that may overrun their budget because too little was kept free. */
const MISSES = 0.005;
/** By how much one such run raises the caution. */
const GAIN = 0.5;
const LEAST = 1;
const FIRST = 3;
/** Past this, what is kept free is more than any budget that could be kept. */
const MOST = 100;

/**
 * How many times its expectation is kept free for what must run whatever it takes.
 *
 * It rises with each run that overruns the budget and falls a little with each that does not, so that in the long run the share of those
 * that do is what it should be, however durations are distributed and however that changes. Source: Gibbs and Candès (2021),
 * "Adaptive Conformal Inference Under Distribution Shift".
 */
export class Caution {
  #factor = FIRST;

  get factor(): number {
    return this.#factor;
  }

  /** @param isMissed whether the run overran its budget, and could have kept it by leaving out more */
  learn(isMissed: boolean): void {
    this.#factor = Math.min(MOST, Math.max(LEAST, this.#factor + GAIN * ((isMissed ? 1 : 0) - MISSES)));
  }
}
