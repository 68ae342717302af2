import { Oracle, replay, type SimulatedPool, type SyntheticTraceName, syntheticTrace } from "@llmspell/simulation";
import { expect, it } from "vitest";
import { PredictiveScalingPolicy } from "./predictive.ts";

const pool: SimulatedPool = { size: { min: 1, max: 60 }, coldStart: 600 };

/** What docs/tools.md promises, on parts of the traces that are long enough to show it: p99 in ms, cost to the oracle's. */
it.each<{ name: SyntheticTraceName; seconds: number; p99: number; cost: number }>([
  { name: "steady", seconds: 600, p99: 50, cost: 1.2 },
  { name: "ramp", seconds: 900, p99: 50, cost: 1.2 },
  { name: "daily_wave", seconds: 900, p99: 50, cost: 1.3 },
  { name: "periodic_bursts", seconds: 1800, p99: 50, cost: 1.6 },
  { name: "random_bursts", seconds: 900, p99: 600, cost: 1.4 },
])(
  "on $name waits at most $p99 ms and costs $cost times what an oracle does",
  async ({ name, seconds, p99, cost }) => {
    const { trace, rate } = syntheticTrace(name, 2, seconds);
    const oracle = new Oracle({ rate, serviceTime: trace.meanDuration, coldStart: 600 });
    const best = await replay(trace, pool, { name: "oracle", policy: oracle, onBegin: (now) => oracle.begin(now) });
    const result = await replay(trace, pool, { name: "predictive", policy: new PredictiveScalingPolicy() });
    expect(result.wait.p99).toBeLessThanOrEqual(p99);
    expect(result.cost / best.cost).toBeLessThanOrEqual(cost);
    expect(result.timeOuts + result.refused).toBe(0);
  },
  60_000,
);
