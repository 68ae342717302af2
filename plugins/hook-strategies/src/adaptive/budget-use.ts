/** How runs of a point have used their budget. */
export class BudgetUse {
  readonly #budget: number;
  #runs = 0;
  #overruns = 0;
  #spent = 0;

  /** @param budget milliseconds */
  constructor(budget: number) {
    this.#budget = budget;
  }

  /** @param elapsed how long a run that nothing ended early has taken; milliseconds */
  note(elapsed: number): void {
    this.#runs++;
    this.#spent += elapsed;
    if (elapsed > this.#budget) this.#overruns++;
  }

  /** `budget` in milliseconds, `budgetUse` as the mean share of it that runs have taken: 0.5 is half. */
  figures(): Readonly<Record<string, number>> {
    const use = this.#runs === 0 || this.#budget === 0 ? 0 : this.#spent / this.#runs / this.#budget;
    return { budget: this.#budget, budgetUse: use, budgetOverruns: this.#overruns };
  }
}
