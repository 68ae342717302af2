import type { ExecutionPlan, HookRuntime, PlannedHook } from "@llmspell/hooks";
import { StepOutlook } from "./step-outlook.ts";

/** The steps of a plan, what is expected of each, and how they depend on each other; positions are those in the plan. */
export interface StepGraph {
  readonly steps: readonly StepOutlook[];
  /** The steps that are neither needed nor in the background: those that a budget may leave out. */
  readonly optional: readonly number[];
  /** The optional steps that each depends on, directly or not, in plan order. */
  readonly ancestors: readonly (readonly number[])[];
  /** The optional steps that depend on each, directly or not. */
  readonly descendants: readonly (readonly number[])[];
}

export function graphOf({ hooks, steps }: ExecutionPlan, runtime: HookRuntime): StepGraph {
  const needed = findNeeded(hooks);
  const weightOf = weigh(hooks.filter((hook) => hook.mode !== "background" && !needed.has(hook)));
  const outlooks = steps.map((step) => {
    const waits = step.some((hook) => hook.dependencies.some((index) => hooks[index]?.mode === "asynchronous"));
    return new StepOutlook(step, runtime, { needed, weightOf, waits });
  });
  const isOptional = (position: number) => outlooks[position]?.isNeeded === false && !outlooks[position].isBackground;
  const ancestors = findAncestors(steps).map((all) => all.filter(isOptional));
  const descendants = steps.map((): number[] => []);
  for (const [position, list] of ancestors.entries()) {
    if (isOptional(position)) for (const ancestor of list) descendants[ancestor]?.push(position);
  }
  return { steps: outlooks, optional: [...steps.keys()].filter(isOptional), ancestors, descendants };
}

/** The hooks that are required, and all that they depend on. */
function findNeeded(hooks: readonly PlannedHook[]): ReadonlySet<PlannedHook> {
  const needed = new Set<PlannedHook>();
  // From the end, because dependents stand behind what they depend on.
  for (const hook of hooks.toReversed()) {
    const isNeeded = (index: number) => hooks[index] !== undefined && needed.has(hooks[index]);
    if (hook.required || hook.dependents.some(isNeeded)) needed.add(hook);
  }
  return needed;
}

/**
 * A hook's weight is its priority, as long as the lowest of them is 1 or more. Otherwise all are raised by what makes the
 * lowest 1, so that hooks without a priority count alike, and each counts for something.
 */
function weigh(hooks: readonly PlannedHook[]): (hook: PlannedHook) => number {
  const raise = Math.max(0, 1 - Math.min(...hooks.map(({ priority }) => priority)));
  return ({ priority }) => priority + raise;
}

function findAncestors(steps: readonly (readonly PlannedHook[])[]): readonly (readonly number[])[] {
  const stepOf = new Map(steps.flatMap((step, position) => step.map(({ index }) => [index, position] as const)));
  const found: ReadonlySet<number>[] = [];
  for (const step of steps) {
    const all = new Set<number>();
    for (const index of step.flatMap(({ dependencies }) => dependencies)) {
      const position = stepOf.get(index) ?? 0;
      for (const ancestor of found[position] ?? []) all.add(ancestor);
      all.add(position);
    }
    found.push(all);
  }
  return found.map((all) => [...all].sort((a, b) => a - b));
}
