import { seededRandom } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { poisson } from "../test/poisson.ts";
import { ExponentialSmoothing } from "./exponential-smoothing.ts";

const TREND = { level: 0.2, trend: 0.05, season: 0, seasonLength: 0 };

function countsOf(length: number, meanAt: (index: number) => number, seed = 1): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length }, (_, index) => poisson(meanAt(index), random));
}

describe("ExponentialSmoothing", () => {
  it("goes on with a straight line", () => {
    const line = Float64Array.from({ length: 400 }, (_, index) => 10 + index / 4);
    const { peak, error } = new ExponentialSmoothing(400).forecast(line, 400, 3, TREND);
    // The last point is 109.75, three on are 110.5; above it stands one deviation of the level's estimate.
    expect(peak).toBeGreaterThan(110.5);
    expect(peak).toBeLessThan(110.5 + 1.1 * Math.sqrt(110 / 9));
    expect(error).toBeLessThan(10);
  });

  it("repeats a season, and sees its peak only when it comes within the lead", () => {
    const season = Float64Array.from({ length: 200 }, (_, index) => (index % 50 === 10 ? 40 : 2));
    const smoothing = { level: 0.02, trend: 0, season: 0.3, seasonLength: 50 };
    const model = new ExponentialSmoothing(250);
    // The next peak is at 210.
    expect(model.forecast(season, 200, 11, smoothing).peak).toBeGreaterThan(40);
    expect(model.forecast(season, 200, 10, smoothing).peak).toBeLessThan(5);
    expect(model.forecast(season, 200, 10, smoothing).confidence).toBe(1);
  });

  it.each([1, 2, 3, 4, 5])("is sure of a constant rate, and unsure where bursts come by chance (seed %i)", (seed) => {
    const model = new ExponentialSmoothing(600);
    const steady = countsOf(600, () => 10, seed);
    expect(model.forecast(steady, 600, 3, TREND).confidence).toBeGreaterThan(0.9);
    const random = seededRandom(seed + 50);
    const isBurst = Array.from({ length: 60 }, () => random() < 0.15);
    const bursts = countsOf(600, (index) => (isBurst[Math.floor(index / 10)] ? 30 : 1), seed);
    expect(model.forecast(bursts, 600, 3, TREND).confidence).toBeLessThan(0.7);
  });

  it("knows nothing of a series without a point to test itself by", () => {
    const model = new ExponentialSmoothing(10);
    const unknown = { confidence: 0, error: Number.POSITIVE_INFINITY };
    expect(model.forecast(new Float64Array(10), 0, 3, TREND)).toEqual({ peak: 0, ...unknown });
    expect(model.forecast(Float64Array.of(4, 4, 4), 3, 3, TREND)).toMatchObject(unknown);
  });
});
