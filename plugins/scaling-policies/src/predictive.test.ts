import { seededRandom } from "@llmspell/testkit";
import type { ScalingSnapshot } from "@llmspell/tools";
import { describe, expect, it } from "vitest";
import { poisson } from "../test/poisson.ts";
import { PredictiveScalingPolicy } from "./predictive.ts";

const INTERVAL = 500;

interface Situation extends Partial<ScalingSnapshot> {
  readonly counts: readonly number[];
}

function snapshotOf({ counts, ...rest }: Situation): ScalingSnapshot {
  return {
    now: 0,
    size: 3,
    min: 1,
    max: 60,
    ready: 3,
    busy: 0,
    warming: 0,
    concurrency: 1,
    waiting: 0,
    load: 0,
    utilization: 0,
    arrivalRate: 0,
    serviceTime: 200,
    longTermServiceTime: 200,
    creationTime: 600,
    idleTimes: [],
    arrivals: { interval: INTERVAL, length: counts.length, at: (index) => counts.at(index) ?? 0 },
    ...rest,
  };
}

function countsOf(length: number, meanAt: (index: number) => number): number[] {
  const random = seededRandom(1);
  return Array.from({ length }, (_, index) => poisson(meanAt(index), random));
}

/** Sixty a second for six seconds in each minute, two a second between. */
const bursts = (index: number) => (index % 120 < 12 ? 30 : 1);

describe("PredictiveScalingPolicy", () => {
  it("is ready for a burst that comes back, a creation before it begins", () => {
    const policy = new PredictiveScalingPolicy();
    expect(policy.decide(snapshotOf({ counts: countsOf(480 - 3, bursts) }))?.target ?? 3).toBeLessThan(6);
    const decision = policy.decide(snapshotOf({ counts: countsOf(480 - 2, bursts) }));
    expect(decision?.target).toBeGreaterThanOrEqual(17);
    expect(decision?.reason).toMatch(/^\d+\.\d\/s foreseen by a season of 60 s, \d+ % sure$/);
  });

  it("needs no autocorrelation where the season is given", () => {
    const counts = countsOf(240 - 2, bursts);
    const policy = new PredictiveScalingPolicy({ season: "60s", predictionWindow: "30s" });
    expect(policy.arrivalHistory).toBe(120_000);
    expect(policy.decide(snapshotOf({ counts }))?.target).toBeGreaterThanOrEqual(17);
  });

  it("follows a trend to where it will be when an instance could be there", () => {
    const counts = countsOf(600, (index) => index / 20);
    const decision = new PredictiveScalingPolicy().decide(snapshotOf({ counts }));
    // 30 in half a second at the end: a load of 12, for which Erlang asks 19.
    expect(decision?.target).toBeGreaterThanOrEqual(19);
    expect(decision?.target).toBeLessThanOrEqual(25);
    expect(decision?.reason).toContain("by the trend");
  });

  it("keeps what is foreseen although it is idle, and lets the rest go", () => {
    const counts = countsOf(600, () => 10);
    const idleTimes = Array.from({ length: 18 }, () => 60_000);
    const decision = new PredictiveScalingPolicy().decide(snapshotOf({ counts, size: 20, idleTimes }));
    // Ten in half a second: a load of 4, for which Erlang asks 9 or 10.
    expect(decision?.target).toBeGreaterThanOrEqual(9);
    expect(decision?.target).toBeLessThanOrEqual(11);
  });

  it("counts calls that share an instance", () => {
    const counts = countsOf(600, () => 10);
    const decision = new PredictiveScalingPolicy().decide(snapshotOf({ counts, size: 1, concurrency: 5 }));
    expect(decision?.target).toBeLessThanOrEqual(3);
  });

  it("grows on demand alone while it knows too little, or its forecasts do not hold", () => {
    const random = seededRandom(3);
    const isBurst = Array.from({ length: 60 }, () => random() < 0.15);
    const byChance = countsOf(600, (index) => (isBurst[Math.floor(index / 10)] ? 30 : 1));
    const policy = new PredictiveScalingPolicy();
    for (const counts of [[], countsOf(30, () => 10), byChance]) {
      expect(policy.decide(snapshotOf({ counts }))).toBeUndefined();
      expect(policy.decide(snapshotOf({ counts, waiting: 4, warming: 1 }))).toEqual({ target: 9, reason: "4 waiting" });
      const idleTimes = [5000, 4000, 100];
      expect(policy.decide(snapshotOf({ counts, idleTimes }))?.target).toBe(1);
    }
    const careless = new PredictiveScalingPolicy({ confidenceThreshold: 0 });
    expect(careless.decide(snapshotOf({ counts: byChance, size: 1 }))?.reason).toContain("foreseen");
  });

  it("expects calls as slow as they have become", () => {
    const counts = countsOf(600, () => 10);
    const decision = new PredictiveScalingPolicy().decide(snapshotOf({ counts, serviceTime: 600 }));
    expect(decision?.target).toBeGreaterThanOrEqual(17);
  });

  it.each([
    ["predictionWindow", "10s", "from 30 s to 1800 s, but it is 10s"],
    ["predictionWindow", "1h", "from 30 s to 1800 s, but it is 1h"],
    ["season", "1s", "from 4 s to 900 s, but it is 1s"],
    ["season", "1d", "from 4 s to 900 s, but it is 1d"],
  ])("refuses a %s of %s", (option, given, message) => {
    const code = "LLMSPELL_E_POOL_SCALING_WINDOW";
    const expected = expect.objectContaining({ code, message: expect.stringContaining(message) });
    expect(() => new PredictiveScalingPolicy({ [option]: given })).toThrow(expected);
  });
});
