// How well the adaptive strategy keeps its budget, what it makes of it, and what it costs. The mix is replayed in virtual time.
import { sequentialStrategy } from "@llmspell/hooks";
import { AdaptiveStrategy } from "@llmspell/plugin-hook-strategies";
import type { Comparison } from "../comparison.ts";
import { assertSynchronous, managerOf, POINT } from "../hooks/managers.ts";
import { largeNoOps, randomGraph } from "../hooks/no-op-hooks.ts";
import { priorityOrderWithin, replayMix } from "../hooks/recorded-mix.ts";
import { timeCall, timeWithPreparation } from "../timing.ts";

/** Milliseconds. */
const BUDGET = 100;
/** Where the required guard stands among the 14 hooks: second, as recorded, amid them, and last. */
const PLACES = { second: 90, middle: 50, last: 1 } as const;
const COST_SIZES = [10, 100] as const;

const adaptive = () => new AdaptiveStrategy({ budget: BUDGET });

export const comparisons: readonly Comparison[] = [
  ...Object.entries(PLACES).flatMap(([place, priority]) => mixOf(place, priority)),
  ...COST_SIZES.map(costOfRun),
  costOfRanking(100),
];

function mixOf(place: string, guardPriority: number): readonly Comparison[] {
  return [
    {
      name: `recorded mix, guard ${place}: runs inside their budget`,
      unit: "%",
      peerName: "sequential",
      ours: async () => (await replayMix(adaptive(), BUDGET, guardPriority)).insideBudget,
      peer: async () => (await replayMix(sequentialStrategy, BUDGET, guardPriority)).insideBudget,
      goal: { text: ">= 99 %, which the peer does not reach", isMet: (ours, peer) => ours >= 99 && peer < 99 },
    },
    {
      name: `recorded mix, guard ${place}: total priority run inside the budget`,
      unit: "priority a run",
      peerName: "priority order alone",
      ours: async () => (await replayMix(adaptive(), BUDGET, guardPriority)).priority,
      peer: async () => (await replayMix(priorityOrderWithin(BUDGET), BUDGET, guardPriority)).priority,
      goal: { text: "> peer", isMet: (ours, peer) => ours > peer },
    },
  ];
}

/** Both drive and measure every call, which is most of what a run costs: what deciding and limiting add is the difference. */
function costOfRun(count: number): Comparison {
  return {
    name: `adaptive run of ${count} synchronous hooks, a hook`,
    unit: "ns",
    peerName: "sequential, if it drove and measured every call",
    ours: () => timeRun(count, adaptive()),
    peer: () => timeRun(count, { ...sequentialStrategy, needsTime: true, callsInPlanOrder: false, awaitsEach: false }),
    goal: { text: "<= peer + 250 ns", isMet: (ours, peer) => ours <= peer + 250 },
  };
}

function timeRun(count: number, strategy: AdaptiveStrategy | typeof sequentialStrategy): number {
  const hooks = largeNoOps(count).map((handler, index) => ({ handler, priority: index % 7 }));
  const manager = managerOf(hooks, strategy);
  assertSynchronous(manager);
  const data = {};
  return timeCall(() => manager.run(POINT, { data })) / count;
}

/** What happens once for each change of the hooks, and again when what is known of them has moved. */
function costOfRanking(count: number): Comparison {
  const plan = (strategy: AdaptiveStrategy | typeof sequentialStrategy) => {
    const handlers = largeNoOps(count);
    const graph = randomGraph(count);
    const hooks = handlers.map((handler, index) => ({
      handler,
      priority: index % 7,
      expectedDuration: 1 + (index % 5),
      dependsOn: (graph[index] ?? []).map((place) => `h${place}`),
    }));
    return (
      timeWithPreparation(
        () => managerOf(hooks, strategy),
        (manager) => manager.plan(POINT),
      ) / 1e6
    );
  };
  return {
    name: `plan and ranking of ${count} hooks of which a third fit`,
    unit: "ms",
    peerName: "plan alone",
    ours: () => plan(adaptive()),
    peer: () => plan(sequentialStrategy),
    goal: { text: "<= peer + 0.5 ms", isMet: (ours, peer) => ours <= peer + 0.5 },
  };
}
