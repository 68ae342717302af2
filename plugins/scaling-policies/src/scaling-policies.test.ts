import { describeScalingPolicy } from "@llmspell/testkit/conformance/scaling-policy";
import type { ScalingSnapshot } from "@llmspell/tools";
import { describe, expect, it } from "vitest";
import { AdaptiveScalingPolicy } from "./adaptive.ts";
import { GradientScalingPolicy } from "./gradient.ts";
import { LoadBasedScalingPolicy } from "./load-based.ts";
import { onDemandScaling } from "./on-demand.ts";
import { PredictiveScalingPolicy } from "./predictive.ts";

describeScalingPolicy("adaptive", () => new AdaptiveScalingPolicy());
describeScalingPolicy("load_based", () => new LoadBasedScalingPolicy({ requestsPerInstance: 2 }));
describeScalingPolicy("on_demand", () => onDemandScaling());
describeScalingPolicy("predictive", () => new PredictiveScalingPolicy());
describeScalingPolicy("gradient", () => new GradientScalingPolicy());

function snapshot(size: number, load: number, waiting = 0): ScalingSnapshot {
  const utilization = Math.min(1, load / size);
  const rest = { now: 0, ready: size, busy: 0, warming: 0, concurrency: 1, arrivalRate: 0, serviceTime: 0 };
  const unused = {
    longTermServiceTime: 0,
    creationTime: 0,
    idleTimes: [],
    arrivals: { interval: 1000, length: 0, at: () => 0 },
  };
  return { ...rest, ...unused, size, min: 1, max: 20, load, waiting, utilization };
}

describe("AdaptiveScalingPolicy", () => {
  it("grows by half at most, and no further than its target utilization", () => {
    const policy = new AdaptiveScalingPolicy();
    expect(policy.decide(snapshot(4, 4, 50))).toEqual({
      target: 6,
      reason: "demand 1350 % of capacity is above 80 %",
    });
    expect(policy.decide(snapshot(10, 8.5))?.target).toBe(13);
    expect(policy.decide(snapshot(1, 1))?.target).toBe(2);
    expect(policy.decide(snapshot(18, 18))?.target).toBe(20);
  });

  it("shrinks by a fifth at most, and stays between its thresholds", () => {
    const policy = new AdaptiveScalingPolicy();
    expect(policy.decide(snapshot(10, 0))).toEqual({ target: 8, reason: "demand 0 % of capacity is below 30 %" });
    expect(policy.decide(snapshot(2, 0.2))?.target).toBe(1);
    expect(policy.decide(snapshot(10, 5))).toBeUndefined();
    expect(policy.decide(snapshot(10, 8))).toBeUndefined();
  });

  it("refuses thresholds that would make it swing", () => {
    expect(() => new AdaptiveScalingPolicy({ scaleUpThreshold: 0.5 })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_POOL_SCALING_THRESHOLDS" }),
    );
  });
});

describe("LoadBasedScalingPolicy", () => {
  it("keeps one instance for each so many requests", () => {
    const policy = new LoadBasedScalingPolicy({ requestsPerInstance: 10 });
    expect(policy.decide(snapshot(1, 5, 30))).toEqual({ target: 4, reason: "35.0 requests need 4 instances" });
    expect(policy.decide(snapshot(4, 9))?.target).toBe(1);
    expect(policy.decide(snapshot(4, 31))).toBeUndefined();
  });

  it("does not shrink where a little more load would make it grow again", () => {
    const policy = new LoadBasedScalingPolicy({ requestsPerInstance: 10 });
    expect(policy.decide(snapshot(4, 29))).toBeUndefined();
    expect(policy.decide(snapshot(4, 26))?.target).toBe(3);
  });
});
