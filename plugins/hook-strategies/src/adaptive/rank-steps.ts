import type { StepGraph } from "./step-graph.ts";

/** Which optional steps a budget has room for, and which would have to yield first. */
export interface StepRanking {
  /** All optional steps, the best first; none before one that it depends on. */
  readonly order: readonly number[];
  /** How many of them fit, one after the other. */
  readonly fitting: number;
}

/**
 * Ranks the optional steps: a knapsack with precedence, solved greedily.
 *
 * Of the closures that still fit (a step with all it depends on that has not been taken) the one of the highest score is
 * taken, score being value ÷ duration; of two alike the one worth more, then the one that stands first in the plan. Where
 * plan order alone, which is that of priority, would find room for more value, it is followed instead, so that
 * the choice is never expected to be worse than that. What does not fit follows in the order of its score.
 *
 * Dantzig (1957), "Discrete-Variable Extremum Problems", has the rule without precedence; taking closures is how it is
 * carried over to precedence constraints.
 *
 * @param capacity milliseconds
 */
export function rankSteps(graph: StepGraph, capacity: number): StepRanking {
  const byScore = takeByScore(graph, new Set(graph.optional), capacity);
  const byPlan = takeInPlanOrder(graph, capacity);
  const chosen = totalValue(graph, byPlan) > totalValue(graph, byScore) ? byPlan : byScore;
  const rest = new Set(graph.optional.filter((position) => !chosen.includes(position)));
  return { order: [...chosen, ...takeByScore(graph, rest, Number.POSITIVE_INFINITY)], fitting: chosen.length };
}

function takeInPlanOrder({ steps, optional, ancestors }: StepGraph, capacity: number): readonly number[] {
  const taken = new Set<number>();
  let left = capacity;
  for (const position of optional) {
    const expected = steps[position]?.expected ?? 0;
    if (expected > left || !(ancestors[position] ?? []).every((ancestor) => taken.has(ancestor))) continue;
    taken.add(position);
    left -= expected;
  }
  return [...taken];
}

/** @param open the steps that may be taken; it is emptied of those that are */
function takeByScore(graph: StepGraph, open: Set<number>, capacity: number): readonly number[] {
  const closures = new Closures(graph, open);
  const order: number[] = [];
  let left = capacity;
  for (let best = closures.best(left); best !== undefined; best = closures.best(left)) {
    left -= closures.durationOf(best);
    order.push(...closures.take(best));
  }
  return order;
}

/** What taking each step would take and bring, with all that it depends on and that is not taken yet. */
class Closures {
  readonly #graph: StepGraph;
  readonly #open: Set<number>;
  readonly #durations: number[] = [];
  readonly #values: number[] = [];

  constructor(graph: StepGraph, open: Set<number>) {
    this.#graph = graph;
    this.#open = open;
    for (const position of open) {
      const members = this.#membersOf(position);
      this.#durations[position] = members.reduce((sum, member) => sum + (graph.steps[member]?.expected ?? 0), 0);
      this.#values[position] = members.reduce((sum, member) => sum + (graph.steps[member]?.value ?? 0), 0);
    }
  }

  durationOf(position: number): number {
    return Math.max(0, this.#durations[position] ?? 0);
  }

  /** The step whose closure scores highest among those that take no longer than `limit`. */
  best(limit: number): number | undefined {
    let best: number | undefined;
    for (const position of this.#open) {
      if (this.durationOf(position) <= limit && (best === undefined || this.#isBetter(position, best))) best = position;
    }
    return best;
  }

  /** The steps taken, in plan order. */
  take(position: number): readonly number[] {
    const members = this.#membersOf(position);
    for (const member of members) {
      this.#open.delete(member);
      const { expected = 0, value = 0 } = this.#graph.steps[member] ?? {};
      for (const descendant of this.#graph.descendants[member] ?? []) {
        this.#durations[descendant] = (this.#durations[descendant] ?? 0) - expected;
        this.#values[descendant] = (this.#values[descendant] ?? 0) - value;
      }
    }
    return members;
  }

  #membersOf(position: number): readonly number[] {
    const ancestors = this.#graph.ancestors[position] ?? [];
    return [...ancestors.filter((ancestor) => this.#open.has(ancestor)), position];
  }

  #isBetter(position: number, than: number): boolean {
    const score = this.#scoreOf(position);
    const other = this.#scoreOf(than);
    if (score !== other) return score > other;
    const gain = (this.#values[position] ?? 0) - (this.#values[than] ?? 0);
    return gain === 0 ? position < than : gain > 0;
  }

  #scoreOf(position: number): number {
    return (this.#values[position] ?? 0) / this.durationOf(position);
  }
}

function totalValue({ steps }: StepGraph, positions: readonly number[]): number {
  return positions.reduce((sum, position) => sum + (steps[position]?.value ?? 0), 0);
}
