import { LeastConnections } from "@llmspell/resilience";
import { OnDemandScalingPolicy, type ScalingPolicy } from "@llmspell/tools";
import { describe, expect, it } from "vitest";
import { Oracle, rateOf } from "./oracle.ts";
import { replay, type SimulatedPool } from "./replay.ts";
import { syntheticTrace } from "./synthetic-traces.ts";
import { Trace, TraceColumns, type TracedCall } from "./trace.ts";

const stays: ScalingPolicy = { decide: () => undefined };

function traceOf(...calls: TracedCall[]): Trace {
  const columns = new TraceColumns();
  for (const call of calls) columns.add(call);
  return new Trace(columns);
}

function pool(changes: Partial<SimulatedPool> = {}): SimulatedPool {
  return { size: { min: 1, max: 4 }, coldStart: "600ms", ...changes };
}

describe("replay", () => {
  it("measures how long each caller waited, and what the instances cost", async () => {
    const trace = traceOf({ at: 0, duration: 100 }, { at: 10, duration: 100 }, { at: 500, duration: 100 });
    const result = await replay(trace, pool(), { name: "stays", policy: stays });
    expect(result).toMatchObject({
      name: "stays",
      calls: 3,
      wait: { p50: 0, p99: 90, max: 90 },
      timeOuts: 0,
      refused: 0,
      creations: 0,
      scaleActions: 0,
    });
    expect(result.instanceSeconds).toBeCloseTo(0.6, 6);
    expect(result.cost).toBeCloseTo(2, 6);
  });

  it("creates what the policy asks for, which takes its time and costs from its beginning", async () => {
    const trace = traceOf(...Array.from({ length: 3 }, () => ({ at: 1000, duration: 1000 })));
    const onDemand = new OnDemandScalingPolicy({ idleTimeout: "5s", spare: 0 });
    const result = await replay(trace, pool(), { name: "on demand", policy: onDemand });
    expect(result.wait.max).toBeCloseTo(600, 6);
    expect(result).toMatchObject({ creations: 2, scaleActions: 2 });
    // One from 0 to 2.6 s, two from 1 s on.
    expect(result.instanceSeconds).toBeCloseTo(2.6 + 2 * 1.6, 6);
  });

  it("counts who waits in vain and who is refused", async () => {
    const trace = traceOf(...Array.from({ length: 5 }, () => ({ at: 0, duration: 5000 })));
    const limits = { acquireTimeout: "1s", maxQueue: 3 };
    const result = await replay(trace, pool(limits), { name: "stays", policy: stays });
    expect(result).toMatchObject({ calls: 5, timeOuts: 3, refused: 1, wait: { max: 0 } });
  });

  it("heeds concurrency, the cooldown, the balancer, and how many may be created at once", async () => {
    const trace = traceOf(...Array.from({ length: 8 }, () => ({ at: 0, duration: 100 })));
    const shared = await replay(trace, pool({ concurrency: 8 }), { name: "stays", policy: stays });
    expect(shared.wait.max).toBe(0);
    const onDemand = new OnDemandScalingPolicy({ idleTimeout: "5s", spare: 0 });
    const long = traceOf(...Array.from({ length: 3 }, () => ({ at: 0, duration: 10_000 })));
    const oneByOne = await replay(long, pool({ maxParallelCreations: 1 }), { name: "on demand", policy: onDemand });
    expect(oneByOne.wait.max).toBeCloseTo(1200, 6);
    const cooling = { name: "on demand", policy: onDemand, cooldown: "1m" };
    expect((await replay(long, pool(), cooling)).scaleActions).toBe(1);
    const inTurn = pool({ createBalancer: () => new LeastConnections() });
    expect((await replay(trace, inTurn, { name: "stays", policy: stays })).calls).toBe(8);
  });

  it("gives the same result for the same trace, with a timeline that adds up", async () => {
    const { trace, rate } = syntheticTrace("ramp", 1, 120);
    const run = () => {
      const oracle = new Oracle({ rate, serviceTime: trace.meanDuration, coldStart: 600 });
      return replay(trace, pool({ size: { min: 1, max: 60 } }), {
        name: "oracle",
        policy: oracle,
        onBegin: (now) => oracle.begin(now),
      });
    };
    const result = await run();
    expect(await run()).toEqual(result);
    const { timeline } = result;
    const step = trace.span / timeline.length / 1000;
    const calls = timeline.reduce((sum, { arrivalRate }) => sum + arrivalRate * step, 0);
    expect(calls).toBeCloseTo(trace.length, 3);
    const longest = Math.max(...timeline.map(({ longestWait }) => longestWait));
    expect(longest).toBe(result.wait.max);
  });

  it("ends when it is told to", async () => {
    const { trace } = syntheticTrace("steady", 1, 60);
    const stopped = AbortSignal.abort(new Error("enough"));
    await expect(replay(trace, pool(), { name: "stays", policy: stays }, stopped)).rejects.toThrow("enough");
  });
});

describe("rateOf", () => {
  it("is the calls of the two seconds around each moment", () => {
    const rate = rateOf(traceOf(...Array.from({ length: 100 }, (_, index) => ({ at: index * 100, duration: 1 }))));
    expect(rate(5)).toBe(10);
    expect(rate(0)).toBe(5);
    expect(rate(60)).toBe(0);
  });
});
