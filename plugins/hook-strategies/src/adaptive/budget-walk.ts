import { rankSteps, type StepRanking } from "./rank-steps.ts";
import type { StepGraph } from "./step-graph.ts";
import type { StepOutlook } from "./step-outlook.ts";

/** A step's turn in a run. */
export interface Turn {
  readonly step: StepOutlook;
  /** Milliseconds. */
  readonly expected: number;
  /** What the needed steps still to come are expected to take; milliseconds. */
  readonly neededAfter: number;
  /** When all of these have timed out; milliseconds, infinite where one has no timeout. */
  readonly neededAtMost: number;
  /** What the steps still to come take that fit the budget and are ranked higher; milliseconds. */
  readonly betterAfter: number;
}

/**
 * The order in which a run goes through the steps, made again only when what is known of them has changed.
 *
 * Needed steps keep their place in the plan: whatever stands before a guard there is called before it or not at all, so that
 * a guard sees, and hides, what it would under `sequential`. Between two of them, the steps for which the budget has room
 * come in plan order; the others follow by rank, in case the first were quicker than expected.
 */
export function makeWalk(graph: StepGraph, budget: number): readonly Turn[] {
  const { steps } = graph;
  for (const step of steps) step.update();
  const needs = steps.reduce((sum, step) => sum + (step.isNeeded ? step.expected : 0), 0);
  const ranking = rankSteps(graph, budget - needs);
  const ranks = ranksOf(steps.length, ranking);
  return turnsOf(graph, orderOf(graph, ranks, ranking.fitting), ranks, ranking.fitting);
}

/** By position; steps that are not ranked have the rank -1 when they are needed, or background. */
function ranksOf(count: number, { order }: StepRanking): readonly number[] {
  const ranks = new Array<number>(count).fill(-1);
  for (const [rank, position] of order.entries()) ranks[position] = rank;
  return ranks;
}

function orderOf({ steps, ancestors }: StepGraph, ranks: readonly number[], fitting: number): readonly number[] {
  const order: number[] = [];
  let postponed: number[] = [];
  const rankOf = (position: number) => ranks[position] ?? -1;
  /** A background step comes after those it depends on, wherever these come. */
  const lateness = (position: number) => Math.max(rankOf(position), ...(ancestors[position] ?? []).map(rankOf));
  const flush = () => {
    order.push(...postponed.sort((a, b) => lateness(a) - lateness(b) || a - b));
    postponed = [];
  };
  for (const [position, step] of steps.entries()) {
    if (step.isNeeded) flush();
    if (step.isNeeded || lateness(position) < fitting) order.push(position);
    else postponed.push(position);
  }
  flush();
  return order;
}

function turnsOf(
  { steps }: StepGraph,
  order: readonly number[],
  ranks: readonly number[],
  fitting: number,
): readonly Turn[] {
  const turns: Turn[] = [];
  let neededAfter = 0;
  let neededAtMost = 0;
  /** The steps that fit and are still to come. */
  const later: { readonly rank: number; readonly expected: number }[] = [];
  for (const position of order.toReversed()) {
    const step = steps[position];
    if (step === undefined) continue;
    const rank = ranks[position] ?? -1;
    let betterAfter = 0;
    for (const other of later) if (other.rank < rank) betterAfter += other.expected;
    turns.push({ step, expected: step.expected, neededAfter, neededAtMost, betterAfter });
    if (step.isNeeded) {
      neededAfter += step.expected;
      neededAtMost += step.longest;
    } else if (rank >= 0 && rank < fitting) later.push({ rank, expected: step.expected });
  }
  return turns.reverse();
}
