import { describe, expect, it } from "vitest";
import { OnDemandScalingPolicy } from "./on-demand-scaling.ts";
import type { ScalingSnapshot } from "./scaling-policy.ts";

const calm: ScalingSnapshot = {
  now: 0,
  size: 2,
  min: 1,
  max: 10,
  ready: 2,
  busy: 0,
  warming: 0,
  concurrency: 1,
  waiting: 0,
  load: 0,
  utilization: 0,
  arrivalRate: 0,
  serviceTime: 0,
  longTermServiceTime: 0,
  creationTime: 0,
  idleTimes: [],
  arrivals: { interval: 500, length: 0, at: () => 0 },
};

describe("OnDemandScalingPolicy", () => {
  const policy = new OnDemandScalingPolicy({ idleTimeout: "5s", spare: 0 });

  it("adds an instance for each caller that waits and for whom none is on its way", () => {
    expect(policy.decide({ ...calm, waiting: 3 })).toEqual({ target: 5, reason: "3 waiting" });
    expect(policy.decide({ ...calm, waiting: 3, size: 4, warming: 2 })?.target).toBe(5);
    expect(policy.decide({ ...calm, waiting: 3, size: 5, warming: 3 })).toBeUndefined();
    expect(policy.decide({ ...calm, waiting: 30 })?.target).toBe(10);
  });

  it("counts how many callers an instance serves at once", () => {
    expect(policy.decide({ ...calm, concurrency: 4, waiting: 5 })?.target).toBe(4);
    expect(policy.decide({ ...calm, concurrency: 4, waiting: 8, size: 4, warming: 2 })).toBeUndefined();
  });

  it("lets go what was idle for long enough, down to the minimum", () => {
    expect(policy.decide({ ...calm, size: 4, idleTimes: [9000, 5000, 4999] })).toEqual({
      target: 2,
      reason: "2 idle for 5000 ms",
    });
    expect(policy.decide({ ...calm, idleTimes: [9000, 9000] })?.target).toBe(1);
    expect(policy.decide({ ...calm, size: 1, idleTimes: [9000] })).toBeUndefined();
  });

  it("keeps some to spare", () => {
    const generous = new OnDemandScalingPolicy({ idleTimeout: "5s", spare: 2 });
    expect(generous.decide({ ...calm, idleTimes: [10] })).toEqual({ target: 3, reason: "fewer than 2 to spare" });
    expect(generous.decide({ ...calm, size: 5, idleTimes: [9000, 9000, 9000] })?.target).toBe(4);
    expect(generous.decide({ ...calm, size: 5, idleTimes: [9000, 9000] })).toBeUndefined();
  });
});
