import type { ScalingSnapshot } from "@llmspell/tools";
import { describe, expect, it } from "vitest";
import { GradientScalingPolicy } from "./gradient.ts";

function snapshotOf(rest: Partial<ScalingSnapshot>): ScalingSnapshot {
  return {
    now: 0,
    size: 10,
    min: 1,
    max: 40,
    ready: 0,
    busy: 10,
    warming: 0,
    concurrency: 1,
    waiting: 0,
    load: 10,
    utilization: 1,
    arrivalRate: 10,
    serviceTime: 100,
    longTermServiceTime: 100,
    creationTime: 0,
    idleTimes: [],
    arrivals: { interval: 500, length: 0, at: () => 0 },
    ...rest,
  };
}

describe("GradientScalingPolicy", () => {
  const policy = new GradientScalingPolicy();

  it("grows by the queue size while calls are as quick as ever, but not beyond what runs and waits", () => {
    const decision = policy.decide(snapshotOf({ waiting: 20 }));
    expect(decision).toEqual({ target: 14, reason: "30.0 calls for 10, and none slower for it" });
    expect(policy.decide(snapshotOf({ waiting: 2 }))?.target).toBe(12);
    expect(policy.decide(snapshotOf({ waiting: 20, concurrency: 4, load: 40 }))?.target).toBe(11);
    expect(policy.decide(snapshotOf({}))).toBeUndefined();
  });

  it("bears calls that are slower within its tolerance, and shrinks beyond it, by half at most", () => {
    expect(policy.decide(snapshotOf({ waiting: 20, serviceTime: 150 }))?.target).toBe(14);
    expect(policy.decide(snapshotOf({ size: 20, load: 20, waiting: 20, serviceTime: 250 }))).toEqual({
      target: 16,
      reason: "calls take 250 ms: too many at once",
    });
    expect(policy.decide(snapshotOf({ size: 20, load: 20, waiting: 20, serviceTime: 9999 }))?.target).toBe(14);
    expect(policy.decide(snapshotOf({ size: 8, load: 8, waiting: 20, serviceTime: 9999 }))).toBeUndefined();
  });

  it("learns nothing of a pool that is hardly used, and lets go what is idle", () => {
    expect(policy.decide(snapshotOf({ load: 4, serviceTime: 9999 }))).toBeUndefined();
    const idleTimes = [9000, 6000, 100];
    expect(policy.decide(snapshotOf({ load: 4, idleTimes }))?.target).toBe(8);
    expect(policy.decide(snapshotOf({ load: 7, idleTimes }))?.target).toBe(8);
  });

  it("begins where no call has been measured", () => {
    const unknown = { serviceTime: 0, longTermServiceTime: 0 };
    expect(policy.decide(snapshotOf({ size: 0, load: 0, waiting: 9, min: 0, ...unknown }))?.target).toBe(4);
  });
});
