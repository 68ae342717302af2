import { describe, expect, it } from "vitest";
import { seededRandom } from "./random.ts";

describe("seededRandom", () => {
  it("is sfc32: its first numbers are those of the published algorithm", () => {
    // State (0, 42, 0, 1), twelve rounds of warm-up.
    const reference = sfc32(42);
    const random = seededRandom(42);
    const numbers = Array.from({ length: 100 }, () => random());
    expect(numbers).toEqual(Array.from({ length: 100 }, () => reference()));
    expect(numbers.slice(0, 3)).toEqual([0.29439391079358757, 0.4534398082178086, 0.9125655747484416]);
  });

  it("gives the same sequence for the same seed, another for another", () => {
    const take = (seed: number) => Array.from({ length: 20 }, seededRandom(seed));
    expect(take(7)).toEqual(take(7));
    expect(take(7)).not.toEqual(take(8));
    expect(take(2 ** 32 + 7)).toEqual(take(7));
  });

  it("is uniform in [0, 1)", () => {
    const random = seededRandom(1);
    const buckets = new Array<number>(20).fill(0);
    const draws = 200_000;
    for (let draw = 0; draw < draws; draw++) {
      const value = random();
      expect(value >= 0 && value < 1).toBe(true);
      const bucket = Math.floor(value * buckets.length);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
    }
    const expected = draws / buckets.length;
    const chiSquare = buckets.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // The 99.9 % quantile of the chi-square distribution with 19 degrees of freedom.
    expect(chiSquare).toBeLessThan(43.82);
  });
});

/** The algorithm once more, in arithmetic that cannot overflow by accident. */
function sfc32(seed: number): () => number {
  const mask = 0xffffffffn;
  let [a, b, c, counter] = [0n, BigInt(seed), 0n, 1n];
  const next = () => {
    const sum = (a + b + counter) & mask;
    counter = (counter + 1n) & mask;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & mask;
    c = ((((c << 21n) & mask) | (c >> 11n)) + sum) & mask;
    return Number(sum);
  };
  for (let round = 0; round < 12; round++) next();
  return () => next() / 2 ** 32;
}
