/** Lets a bounded number through at once, first come, first served: starting many processes together makes each slow. */
export class CreationGate {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #inside = 0;

  /** @param limit how many may be inside at once, from 1 */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs `work` as soon as there is room for it. */
  async through<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#inside >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#inside++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#inside--;
      else next();
    }
  }
}
