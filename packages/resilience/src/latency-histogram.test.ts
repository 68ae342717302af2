import { describe, expect, it } from "vitest";
import { LatencyHistogram } from "./latency-histogram.ts";

describe("LatencyHistogram", () => {
  it("is all zero while nothing was recorded", () => {
    expect(new LatencyHistogram().summary()).toEqual({ count: 0, mean: 0, p50: 0, p99: 0, max: 0 });
  });

  it("gives count, mean and maximum exactly and percentiles within one percent", () => {
    const histogram = new LatencyHistogram();
    for (let value = 1; value <= 1000; value++) histogram.record(value);
    const { count, mean, p50, p99, max } = histogram.summary();
    expect({ count, mean, max }).toEqual({ count: 1000, mean: 500.5, max: 1000 });
    expect(Math.abs(p50 - 500)).toBeLessThanOrEqual(5);
    expect(Math.abs(p99 - 990)).toBeLessThanOrEqual(9.9);
  });

  it("keeps fractions of a millisecond", () => {
    const histogram = new LatencyHistogram();
    histogram.record(0.25);
    expect(histogram.summary()).toEqual({ count: 1, mean: 0.25, p50: 0.25, p99: 0.25, max: 0.25 });
  });

  it("takes zero, negative and very long durations", () => {
    const histogram = new LatencyHistogram();
    histogram.record(0);
    histogram.record(-5);
    histogram.record(1e9);
    expect(histogram.count).toBe(3);
    expect(histogram.summary()).toMatchObject({ mean: 1e9 / 3, p50: 0, max: 1e9 });
  });

  it("counts one duration for many", () => {
    const histogram = new LatencyHistogram();
    histogram.record(0.125, 98);
    histogram.record(64);
    histogram.record(128);
    expect(histogram.summary()).toMatchObject({ count: 100, mean: 2.0425, p50: 0.125, max: 128 });
  });

  it("is right to one percent from a microsecond to a day", () => {
    for (let milliseconds = 0.001; milliseconds < 86_400_000; milliseconds *= 1.37) {
      const histogram = new LatencyHistogram();
      histogram.record(milliseconds);
      histogram.record(2 * milliseconds);
      const exact = Math.round(milliseconds * 1000) / 1000;
      expect(Math.abs(histogram.summary().p50 - exact)).toBeLessThanOrEqual(exact * 0.01);
    }
  });
});
