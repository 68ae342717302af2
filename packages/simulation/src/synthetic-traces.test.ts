import { describe, expect, it } from "vitest";
import { isSyntheticTraceName, syntheticTrace, syntheticTraceNames } from "./synthetic-traces.ts";

describe("syntheticTrace", () => {
  it("has five names", () => {
    expect(syntheticTraceNames).toEqual(["steady", "ramp", "daily_wave", "periodic_bursts", "random_bursts"]);
    expect(isSyntheticTraceName("toString")).toBe(false);
  });

  it.each(syntheticTraceNames)("%s: the same seed gives the same calls, another gives others", (name) => {
    const { trace } = syntheticTrace(name, 1);
    expect(syntheticTrace(name, 1).trace).toEqual(trace);
    expect(syntheticTrace(name, 2).trace.at[0]).not.toBe(trace.at[0]);
  });

  it.each(syntheticTraceNames)("%s: as many calls come as its rate says, each 200 ms long in the mean", (name) => {
    const { trace, rate } = syntheticTrace(name, 3);
    const seconds = name === "daily_wave" ? 3600 : 1800;
    let expected = 0;
    for (let time = 0; time < seconds; time += 0.1) expected += rate(time) / 10;
    expect(Math.abs(trace.length - expected)).toBeLessThan(4 * Math.sqrt(expected));
    expect(trace.meanDuration).toBeGreaterThan(190);
    expect(trace.meanDuration).toBeLessThan(210);
    expect(trace.span).toBeLessThanOrEqual(seconds * 1000);
  });

  it("cuts a trace without changing what comes before", () => {
    const whole = syntheticTrace("daily_wave", 1).trace;
    const { trace } = syntheticTrace("daily_wave", 1, 60);
    expect(trace.span).toBeLessThanOrEqual(60_000);
    expect([...trace.at]).toEqual([...whole.at.slice(0, trace.length)]);
  });

  it("has bursts where they should be", () => {
    const { trace } = syntheticTrace("periodic_bursts", 1, 120);
    const inBursts = trace.at.filter((at) => at % 60_000 < 6000).length;
    expect(inBursts).toBeGreaterThan(650);
    expect(trace.length - inBursts).toBeLessThan(270);
  });
});
