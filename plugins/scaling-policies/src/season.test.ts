import { seededRandom } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { poisson } from "../test/poisson.ts";
import { SeasonFinder } from "./season.ts";

const CAPACITY = 1200;

/** What is found in Poisson counts with these means. */
function seasonIn(length: number, meanAt: (index: number) => number, seed = 1): number {
  const random = seededRandom(seed);
  const series = Float64Array.from({ length }, (_, index) => poisson(meanAt(index), random));
  const padded = new Float64Array(CAPACITY);
  padded.set(series);
  return new SeasonFinder(CAPACITY).find(padded, length);
}

const seeds = [1, 2, 3, 4, 5];

describe("SeasonFinder", () => {
  it.each(seeds)("finds bursts at equal distances, to the point (seed %i)", (seed) => {
    const bursts = (index: number) => (index % 120 < 12 ? 30 : 1);
    for (const length of [250, 600, 1200]) expect(seasonIn(length, bursts, seed)).toBe(120);
  });

  it.each(seeds)("finds a wave (seed %i)", (seed) => {
    const wave = (index: number) => 20 + 18 * Math.sin((2 * Math.PI * index) / 150);
    const found = seasonIn(600, wave, seed);
    expect(found).toBeGreaterThanOrEqual(146);
    expect(found).toBeLessThanOrEqual(154);
  });

  it.each(seeds)("finds none in a constant rate, nor in a rising one (seed %i)", (seed) => {
    expect(seasonIn(600, () => 10, seed)).toBe(0);
    expect(seasonIn(600, (index) => 1 + index / 20, seed)).toBe(0);
  });

  it("finds none that has not been seen nearly twice", () => {
    const bursts = (index: number) => (index % 120 < 12 ? 30 : 1);
    expect(seasonIn(220, bursts)).toBe(0);
    expect(seasonIn(235, bursts)).toBe(120);
  });

  it("finds none in nothing", () => {
    expect(seasonIn(600, () => 0)).toBe(0);
    expect(seasonIn(0, () => 0)).toBe(0);
    expect(seasonIn(1, () => 1)).toBe(0);
  });
});
