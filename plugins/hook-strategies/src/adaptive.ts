import { parseDuration } from "@llmspell/base";
import type { CompiledPlan, ExecutionPlan, HookRuntime, HookStrategy } from "@llmspell/hooks";
import { BudgetUse } from "./adaptive/budget-use.ts";
import { makeWalk } from "./adaptive/budget-walk.ts";
import { BudgetedRun, type BudgetSchedule } from "./adaptive/budgeted-run.ts";
import { Caution } from "./adaptive/caution.ts";
import { graphOf } from "./adaptive/step-graph.ts";
import { type AdaptiveStrategyOptions, adaptiveStrategyOptionsDefaults } from "./generated/options.ts";

/** Differences of less than this share of the budget are no reason to rank steps anew. */
const TOLERANCE = 1 / 1000;

/**
 * One step after the other, as `sequential`, inside a time budget: what has no room in it is skipped.
 *
 * `score = weight × reliability ÷ duration`, of a step with all it depends on, decides what has; weights come from
 * priorities, durations and reliability from earlier calls. Required hooks, and all that they depend on, always run, and time
 * is kept free for them. The others are told to stop when the budget is over.
 */
export class AdaptiveStrategy implements HookStrategy {
  readonly name = "adaptive";
  readonly callsInPlanOrder = false;
  readonly awaitsEach = false;
  readonly needsTime = true;
  readonly #budget: number;
  readonly #useAt = new Map<string, BudgetUse>();

  /** @throws LLMSPELL_E_DURATION */
  constructor(options: AdaptiveStrategyOptions = {}) {
    this.#budget = parseDuration(options.budget ?? adaptiveStrategyOptionsDefaults.budget);
  }

  compile(plan: ExecutionPlan, runtime: HookRuntime): CompiledPlan {
    const budget = this.#budget;
    const tolerance = TOLERANCE * budget;
    const graph = graphOf(plan, runtime);
    const caution = new Caution();
    const use = this.#useAt.get(plan.point) ?? new BudgetUse(budget);
    this.#useAt.set(plan.point, use);
    const schedule = (): BudgetSchedule => ({ walk: makeWalk(graph, budget), budget, caution, use });
    let current = schedule();
    return (execution) => {
      if (graph.steps.some((step) => step.hasMoved(tolerance))) current = schedule();
      new BudgetedRun(execution, current).proceed();
    };
  }

  /** `budget` (milliseconds), `budgetUse` (the mean share of it that runs have taken) and `budgetOverruns`. */
  figures(point: string): Readonly<Record<string, number>> {
    return this.#useAt.get(point)?.figures() ?? {};
  }
}
