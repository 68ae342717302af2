import type { FlowReading } from "@llmspell/events";
import { describeFlowController } from "@llmspell/testkit/conformance/flow-controller";
import { describe, expect, it } from "vitest";
import { AdaptiveFlowController } from "./adaptive.ts";
import { GradientFlowController } from "./gradient.ts";

describeFlowController("adaptive", () => new AdaptiveFlowController());
describeFlowController("gradient", () => new GradientFlowController());

const CALM: FlowReading = {
  ...{ now: 0, queue: 0, busy: 0, eventLoop: 0, heap: 0, waiting: 0 },
  ...{ demand: 100, throughput: 100, rate: 80, minRate: 1, maxRate: Number.POSITIVE_INFINITY },
};

describe("AdaptiveFlowController", () => {
  const controller = new AdaptiveFlowController();

  it("weighs queue and processing 0.4 each, and memory 0.2", () => {
    const full = { queue: 1, busy: 1, heap: 1 };
    expect(controller.adjust({ ...CALM, ...full })?.reason).toBe("pressure 100 % is above 60 %");
    expect(controller.adjust({ ...CALM, ...full, queue: 0.525 })?.reason).toBe("pressure 81 % is above 60 %");
    expect(controller.adjust({ ...CALM, ...full, busy: 0.525 })?.reason).toBe("pressure 81 % is above 60 %");
    expect(controller.adjust({ ...CALM, ...full, heap: 0.5 })?.reason).toBe("pressure 90 % is above 60 %");
  });

  it("takes for processing what is worse: busy subscribers, or a late event loop", () => {
    const half = { ...CALM, queue: 0.75, busy: 0.1, eventLoop: 0.1 };
    expect(controller.adjust(half)?.rate).toBeGreaterThan(80);
    expect(controller.adjust({ ...half, busy: 1 })?.rate).toBeLessThan(80);
    expect(controller.adjust({ ...half, eventLoop: 1 })?.rate).toBeLessThan(80);
    expect(controller.adjust({ ...half, busy: 0.5, eventLoop: 0.5 })).toBeUndefined();
  });

  it("falls by a tenth, from what is handled at most, to half of that at least", () => {
    const overloaded = { ...CALM, queue: 1, busy: 1 };
    expect(controller.adjust(overloaded)?.rate).toBeCloseTo(72);
    expect(controller.adjust({ ...overloaded, rate: Number.POSITIVE_INFINITY })?.rate).toBeCloseTo(90);
    expect(controller.adjust({ ...overloaded, rate: 52 })?.rate).toBe(50);
    expect(controller.adjust({ ...overloaded, rate: 40 })).toBeUndefined();
    expect(controller.adjust({ ...overloaded, throughput: 0 })?.rate).toBe(1);
  });

  it("stays between the watermarks, and rises below them by a twentieth of what is handled", () => {
    expect(controller.adjust({ ...CALM, queue: 0.4, busy: 1 })).toBeUndefined();
    expect(controller.adjust(CALM)).toEqual({ rate: 85, reason: "pressure 0 % is below 50 %" });
    expect(controller.adjust({ ...CALM, throughput: 0 })?.rate).toBe(81);
  });

  it("lets go once the rate is twice what is asked for", () => {
    const ample = { rate: Number.POSITIVE_INFINITY, reason: "pressure 0 % is below 50 %, and the rate is ample" };
    expect(controller.adjust({ ...CALM, demand: 40 })).toEqual(ample);
    expect(controller.adjust({ ...CALM, demand: 40, maxRate: 200 })?.rate).toBe(200);
    expect(controller.adjust({ ...CALM, demand: 40, rate: 200, maxRate: 200 })).toBeUndefined();
  });

  it("refuses watermarks without a gap", () => {
    expect(() => new AdaptiveFlowController({ lowWatermark: 0.6 })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_EVENT_FLOW_WATERMARKS" }),
    );
  });
});

describe("GradientFlowController", () => {
  const controller = new GradientFlowController({ targetDelay: "2s" });

  it("lets in what is handled times target over delay, half of it at least", () => {
    expect(controller.adjust({ ...CALM, rate: 90, waiting: 250 })).toEqual({
      rate: 80,
      reason: "events wait for 2500 ms, longer than 2000 ms",
    });
  });

  it("falls at once, and not further while the queue drains", () => {
    const unlimited = { ...CALM, rate: Number.POSITIVE_INFINITY };
    expect(controller.adjust({ ...unlimited, waiting: 250 })?.rate).toBe(80);
    expect(controller.adjust({ ...unlimited, waiting: 10_000 })?.rate).toBe(50);
    expect(controller.adjust({ ...CALM, rate: 50, waiting: 10_000 })).toBeUndefined();
    expect(controller.adjust({ ...CALM, throughput: 0, waiting: 1 })?.rate).toBe(1);
  });

  it("stays below the target, and rises below half of it", () => {
    expect(controller.adjust({ ...CALM, waiting: 101 })).toBeUndefined();
    expect(controller.adjust({ ...CALM, waiting: 100 })).toEqual({ rate: 85, reason: "events wait for 1000 ms only" });
  });

  it("refuses a target of nothing", () => {
    expect(() => new GradientFlowController({ targetDelay: 0 })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_EVENT_FLOW_DELAY" }),
    );
  });
});
