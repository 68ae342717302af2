/** How to take points from a series: `points` sums of `width` values each, the first of them at `from`. */
interface Points {
  readonly from: number;
  readonly points: number;
  readonly width: number;
}

/** How much a series resembles itself some time before: Pearson's correlation of its two overlapping parts, for any lag. */
export class LaggedCorrelation {
  readonly #values: Float64Array;
  /** The sums of the first n values, and of their squares: the means of any part are then two subtractions. */
  readonly #sums: Float64Array;
  readonly #squares: Float64Array;
  /** By lag; NaN where nobody has asked. */
  readonly #correlations: Float64Array;
  #length = 0;

  /** @param capacity the most points */
  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
    this.#sums = new Float64Array(capacity + 1);
    this.#squares = new Float64Array(capacity + 1);
    this.#correlations = new Float64Array(capacity + 1);
  }

  load(series: Float64Array, { from, points, width }: Points): void {
    this.#length = points;
    this.#correlations.fill(Number.NaN);
    for (let point = 0; point < points; point++) {
      let value = 0;
      const start = from + point * width;
      for (let index = start; index < start + width; index++) value += series[index] ?? 0;
      this.#values[point] = value;
      this.#sums[point + 1] = (this.#sums[point] ?? 0) + value;
      this.#squares[point + 1] = (this.#squares[point] ?? 0) + value * value;
    }
  }

  /** The correlation at a lag, -1 to 1; 0 where one of the parts is constant. Computed once for each lag. */
  at(lag: number): number {
    const known = this.#correlations[lag] ?? Number.NaN;
    if (!Number.isNaN(known)) return known;
    const correlation = this.#correlation(lag);
    this.#correlations[lag] = correlation;
    return correlation;
  }

  /** The shortest lag at which the series does not resemble itself; one beyond `longest` when there is none. */
  firstUnlike(longest: number): number {
    let lag = 1;
    while (lag <= longest && this.at(lag) > 0) lag++;
    return lag;
  }

  /** The lag of the highest correlation, from `shortest` to `longest`; 0 when none is above 0. */
  best(shortest: number, longest: number): number {
    let best = 0;
    let highest = 0;
    for (let lag = Math.max(1, shortest); lag <= longest; lag++) {
      const correlation = this.at(lag);
      if (correlation <= highest) continue;
      best = lag;
      highest = correlation;
    }
    return best;
  }

  #correlation(lag: number): number {
    const values = this.#values;
    const total = this.#length;
    const count = total - lag;
    let products = 0;
    for (let index = lag; index < total; index++) products += (values[index] ?? 0) * (values[index - lag] ?? 0);
    const later = this.#part(lag, total);
    const earlier = this.#part(0, count);
    const scale = Math.sqrt(later.spread * earlier.spread);
    return scale > 0 ? (products - (later.sum * earlier.sum) / count) / scale : 0;
  }

  /** The sum of the values of a part, and of their squared distances from its mean. */
  #part(from: number, to: number): { readonly sum: number; readonly spread: number } {
    const sum = (this.#sums[to] ?? 0) - (this.#sums[from] ?? 0);
    const squares = (this.#squares[to] ?? 0) - (this.#squares[from] ?? 0);
    return { sum, spread: squares - (sum * sum) / (to - from) };
  }
}
