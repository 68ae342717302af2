import { planHooks } from "@llmspell/hooks";
import { VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rankSteps } from "./rank-steps.ts";
import { graphOf } from "./step-graph.ts";

interface Item {
  readonly priority: number;
  readonly duration: number;
  readonly links: readonly number[];
}

const items = fc.array(
  fc.record({
    priority: fc.integer({ min: 1, max: 100 }),
    duration: fc.integer({ min: 0, max: 40 }),
    links: fc.array(fc.nat(), { maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 12 },
);

/** The graph of hooks that each depend on some before them, by their durations. */
function graphFrom(all: readonly Item[]) {
  const plan = planHooks(
    "before_work",
    all.map(({ priority, duration, links }, place) => ({
      ...{ id: `h${place}`, priority, mode: "synchronous", group: undefined, required: false, onError: "skip" },
      ...{ expectedDuration: duration, minDuration: 0, timeout: undefined, stream: "buffer" },
      dependsOn: place === 0 ? [] : links.map((link) => `h${link % place}`),
    })),
  );
  const runtime = {
    clock: new VirtualClock(),
    profileOf: (hook: { readonly expectedDuration: number }) => ({ duration: hook.expectedDuration, successRate: 1 }),
  };
  const graph = graphOf(plan, runtime);
  for (const step of graph.steps) step.update();
  return graph;
}

/** The most value that any choice with all it depends on has room for, by trying all. */
function bestValue({ steps, ancestors }: ReturnType<typeof graphFrom>, capacity: number): number {
  let best = 0;
  for (let choice = 0; choice < 2 ** steps.length; choice++) {
    const has = (position: number) => (choice & (2 ** position)) !== 0;
    const chosen = [...steps.keys()].filter(has);
    if (!chosen.every((position) => ancestors[position]?.every(has))) continue;
    const sum = (of: (position: number) => number) => chosen.reduce((total, position) => total + of(position), 0);
    if (sum((position) => steps[position]?.expected ?? 0) > capacity) continue;
    best = Math.max(
      best,
      sum((position) => steps[position]?.value ?? 0),
    );
  }
  return best;
}

describe("rankSteps", () => {
  it("ranks every step once, none before one that it depends on, and chooses what fits", () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 0, max: 200 }), (all, capacity) => {
        const graph = graphFrom(all);
        const { order, fitting } = rankSteps(graph, capacity);
        expect([...order].sort((a, b) => a - b)).toEqual(graph.optional);
        for (const [rank, position] of order.entries()) {
          for (const ancestor of graph.ancestors[position] ?? []) expect(order.indexOf(ancestor)).toBeLessThan(rank);
        }
        const chosen = order.slice(0, fitting);
        const taken = chosen.reduce((sum, position) => sum + (graph.steps[position]?.expected ?? 0), 0);
        expect(taken).toBeLessThanOrEqual(capacity);
      }),
    );
  });

  it("comes near the best choice that there is", () => {
    const shares: number[] = [];
    fc.assert(
      fc.property(items, fc.integer({ min: 20, max: 120 }), (all, capacity) => {
        const graph = graphFrom(all);
        const { order, fitting } = rankSteps(graph, capacity);
        const value = order.slice(0, fitting).reduce((sum, position) => sum + (graph.steps[position]?.value ?? 0), 0);
        const best = bestValue(graph, capacity);
        expect(value).toBeLessThanOrEqual(best + 1e-9);
        if (best > 0) shares.push(value / best);
      }),
      { numRuns: 60, seed: 1 },
    );
    expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.97);
  });
});
