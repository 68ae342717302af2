import { type HookMode, planHooks } from "@llmspell/hooks";
import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { StepOutlook } from "./step-outlook.ts";

function setUp({ isNeeded = false, weight = 2, mode = "synchronous" as HookMode } = {}) {
  const profile = { duration: 40, successRate: 1 };
  const settings = {
    priority: 0,
    mode,
    group: undefined,
    required: isNeeded,
    onError: "skip",
    stream: "buffer",
  } as const;
  const times = { expectedDuration: 40, minDuration: 0, timeout: undefined };
  const { hooks } = planHooks("after_work", [{ id: "hook", ...settings, ...times, dependsOn: [] }]);
  const runtime = { clock: new VirtualClock(), profileOf: () => profile };
  const needed = new Set(isNeeded ? hooks : []);
  const outlook = new StepOutlook(hooks, runtime, { needed, weightOf: () => weight, waits: false });
  outlook.update();
  return { outlook, profile };
}

describe("StepOutlook", () => {
  it("has moved when the duration has by more than a quarter, and by more than does not matter", () => {
    const { outlook, profile } = setUp();
    expect(outlook.hasMoved(0)).toBe(false);
    profile.duration = 49;
    expect(outlook.hasMoved(0)).toBe(false);
    profile.duration = 51;
    expect(outlook.hasMoved(0)).toBe(true);
    expect(outlook.hasMoved(20)).toBe(false);
    outlook.update();
    expect(outlook.expected).toBe(51);
    expect(outlook.hasMoved(0)).toBe(false);
  });

  it("has moved when reliability has by more than a tenth, unless it is needed anyway", () => {
    const { outlook, profile } = setUp();
    profile.successRate = 0.91;
    expect(outlook.hasMoved(0)).toBe(false);
    profile.successRate = 0.89;
    expect(outlook.hasMoved(0)).toBe(true);
    const guard = setUp({ isNeeded: true, weight: -5 });
    expect(guard.outlook.hasMoved(0)).toBe(false);
    guard.profile.successRate = 0.5;
    expect(guard.outlook.hasMoved(0)).toBe(false);
  });

  it("takes no time, and is worth nothing, in the background", () => {
    const { outlook } = setUp({ mode: "background" });
    expect(outlook).toMatchObject({ expected: 0, value: 0, longest: 0 });
  });

  it("expects twice the time of what is stopped twice in succession, until it has been done again", () => {
    const { outlook } = setUp();
    const expected = () => {
      outlook.update();
      return outlook.expected;
    };
    outlook.stopped();
    expect(expected()).toBe(40);
    outlook.stopped();
    expect(expected()).toBe(80);
    outlook.stopped();
    expect(expected()).toBe(160);
    outlook.done(40);
    expect(expected()).toBe(40);
    outlook.stopped();
    expect(expected()).toBe(40);
  });

  it("expects half the time of what has been left out of 44 runs", () => {
    const { outlook } = setUp();
    for (let run = 0; run < 44; run++) outlook.leftOut();
    outlook.update();
    expect(outlook.expected).toBeCloseTo(20, 0);
  });
});
