import { hookErrors } from "../errors.ts";
import type { CriticalPath, ExecutionPlan, ParallelGroup, PlannedHook } from "./execution-plan.ts";
import { ReadySteps } from "./ready-steps.ts";

/** What a plan is made from: a hook's settings with every default filled in. */
export interface PlannableHook extends Omit<PlannedHook, "index" | "level" | "dependencies" | "dependents"> {
  readonly dependsOn: readonly string[];
}

/** The hooks as a graph, each by its place in the order of registration. */
interface Graph {
  readonly hooks: readonly PlannableHook[];
  readonly dependencies: readonly (readonly number[])[];
  readonly dependents: readonly (readonly number[])[];
}

/**
 * Works out how the hooks of one point can be run.
 *
 * Algorithm: levels by longest path; then Kahn's topological sort (1962) over steps, a step being one hook or the
 * members of a parallel group on one level, which takes the ready step of the highest priority first, then the one
 * registered first. Because groups are split by level, steps form no circle, whatever depends on their members.
 *
 * @param hooks in the order of their registration
 * @throws LLMSPELL_E_HOOK_DEPENDENCY, LLMSPELL_E_HOOK_CYCLE
 */
export function planHooks(point: string, hooks: readonly PlannableHook[]): ExecutionPlan {
  const graph = linkDependencies(point, hooks);
  const levelOf = findLevels(point, graph);
  const steps = draftSteps(graph, levelOf, orderSteps(graph, groupIntoSteps(hooks, levelOf)));
  const planned = steps.flat();
  const levels: PlannedHook[][] = [];
  let estimatedDuration = 0;
  for (const hook of planned) {
    levels[hook.level] ??= [];
    levels[hook.level]?.push(hook);
    estimatedDuration += durationInRun(hook);
  }
  return {
    point,
    hooks: planned,
    steps,
    levels,
    groups: steps.flatMap(describeGroup),
    criticalPath: findCriticalPath(planned),
    estimatedDuration,
  };
}

function linkDependencies(point: string, hooks: readonly PlannableHook[]): Graph {
  const placeOf = new Map<string, number>();
  for (const [place, hook] of hooks.entries()) placeOf.set(hook.id, place);
  const dependents: number[][] = hooks.map(() => []);
  const dependencies = hooks.map((hook, place) => {
    const places: number[] = [];
    for (const dependency of hook.dependsOn) {
      const found = placeOf.get(dependency);
      const problem = dependencyProblem(found === undefined ? undefined : hooks[found]);
      if (found === undefined || problem !== undefined) {
        throw hookErrors.LLMSPELL_E_HOOK_DEPENDENCY({ hook: hook.id, dependency, point, problem: problem ?? "" });
      }
      if (places.includes(found)) continue;
      places.push(found);
      dependents[found]?.push(place);
    }
    return places;
  });
  return { hooks, dependencies, dependents };
}

function dependencyProblem(dependency: PlannableHook | undefined): string | undefined {
  if (dependency === undefined) return "but no hook of that id is registered there";
  return dependency.mode === "background" ? "but background hooks are never awaited" : undefined;
}

/** The longest way from a root to each hook, found by taking off one level after the other. */
function findLevels(point: string, { hooks, dependencies, dependents }: Graph): readonly number[] {
  const levels = new Array<number>(hooks.length).fill(-1);
  const waiting = dependencies.map((list) => list.length);
  let ready = [...hooks.keys()].filter((place) => waiting[place] === 0);
  for (let level = 0; ready.length > 0; level++) {
    const next: number[] = [];
    for (const place of ready) {
      levels[place] = level;
      for (const dependent of dependents[place] ?? []) if (countDown(waiting, dependent) === 0) next.push(dependent);
    }
    ready = next;
  }
  const stuck = levels.indexOf(-1);
  if (stuck < 0) return levels;
  const cycle = traceCycle(stuck, (place) => dependencies[place]?.find((dependency) => levels[dependency] === -1));
  throw hookErrors.LLMSPELL_E_HOOK_CYCLE({ point, cycle: cycle.map((place) => hooks[place]?.id ?? "") });
}

/** Follows what is left from any stuck hook: as each waits for another stuck one, the way must close. */
function traceCycle(start: number, next: (place: number) => number | undefined): readonly number[] {
  const way: number[] = [];
  let place: number | undefined = start;
  while (place !== undefined && !way.includes(place)) {
    way.push(place);
    place = next(place);
  }
  return place === undefined ? way : [...way.slice(way.indexOf(place)), place];
}

/** The places of each step's members, by priority and then registration. */
function groupIntoSteps(hooks: readonly PlannableHook[], levels: readonly number[]): readonly (readonly number[])[] {
  const steps: number[][] = [];
  const groups = new Map<string, number[]>();
  const priorityOf = (place: number) => hooks[place]?.priority ?? 0;
  for (const [place, { mode, group }] of hooks.entries()) {
    const name = mode === "parallel" ? `${levels[place]} ${group ?? ""}` : undefined;
    const members = name === undefined ? undefined : groups.get(name);
    if (members !== undefined) members.push(place);
    else {
      const step = [place];
      steps.push(step);
      if (name !== undefined) groups.set(name, step);
    }
  }
  for (const members of groups.values()) members.sort((a, b) => priorityOf(b) - priorityOf(a) || a - b);
  return steps;
}

function orderSteps(graph: Graph, steps: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const stepOf = stepsByPlace(steps);
  const waiting = steps.map((members) => countOf(members, (place) => graph.dependencies[place]));
  // Steps stand in the order of registration, so of two with the same priority the lower number goes first.
  const ready = new ReadySteps(steps.map(([first]) => graph.hooks[first ?? 0]?.priority ?? 0));
  for (const [step, open] of waiting.entries()) if (open === 0) ready.add(step);
  const order: (readonly number[])[] = [];
  for (let step = ready.take(); step !== undefined; step = ready.take()) {
    const members = steps[step] ?? [];
    order.push(members);
    for (const place of members) {
      for (const dependent of graph.dependents[place] ?? []) {
        const follower = stepOf[dependent] ?? 0;
        if (countDown(waiting, follower) === 0) ready.add(follower);
      }
    }
  }
  return order;
}

/** The number of each hook's step. */
function stepsByPlace(steps: readonly (readonly number[])[]): readonly number[] {
  const stepOf: number[] = [];
  for (const [step, members] of steps.entries()) for (const place of members) stepOf[place] = step;
  return stepOf;
}

/** How many there are in all the lists of some hooks. */
function countOf(places: readonly number[], listOf: (place: number) => readonly number[] | undefined): number {
  return places.reduce((sum, place) => sum + (listOf(place)?.length ?? 0), 0);
}

function draftSteps(
  graph: Graph,
  levels: readonly number[],
  order: readonly (readonly number[])[],
): readonly (readonly PlannedHook[])[] {
  const indexOf: number[] = [];
  let next = 0;
  for (const members of order) for (const place of members) indexOf[place] = next++;
  const indexes = (places: readonly number[] = []) => {
    const found = places.map((place) => indexOf[place] ?? 0);
    return found.length > 1 ? found.sort((a, b) => a - b) : found;
  };
  return order.map((members) =>
    members.flatMap((place): PlannedHook | readonly PlannedHook[] => {
      const hook = graph.hooks[place];
      if (hook === undefined) return [];
      // Each by its name: to copy them all and take one away costs as much as all the rest of the plan.
      return {
        index: indexOf[place] ?? 0,
        id: hook.id,
        priority: hook.priority,
        mode: hook.mode,
        group: hook.group,
        required: hook.required,
        onError: hook.onError,
        expectedDuration: hook.expectedDuration,
        minDuration: hook.minDuration,
        timeout: hook.timeout,
        stream: hook.stream,
        level: levels[place] ?? 0,
        dependencies: indexes(graph.dependencies[place]),
        dependents: indexes(graph.dependents[place]),
      };
    }),
  );
}

function describeGroup(step: readonly PlannedHook[]): readonly ParallelGroup[] {
  const [first] = step;
  if (first?.mode !== "parallel") return [];
  const estimatedDuration = Math.max(...step.map((hook) => hook.expectedDuration));
  return [{ name: first.group, level: first.level, hooks: step, estimatedDuration }];
}

/** Of two ways that take equally long, the one over more hooks. */
function findCriticalPath(hooks: readonly PlannedHook[]): CriticalPath {
  const finishes: number[] = [];
  /** The one before each on its longest way; -1 where it begins. */
  const before: number[] = [];
  let end: PlannedHook | undefined;
  const isLater = (hook: PlannedHook, than: PlannedHook | undefined) => {
    const gain = (finishes[hook.index] ?? 0) - (than === undefined ? -1 : (finishes[than.index] ?? 0));
    return gain > 0 || (gain === 0 && hook.level > (than?.level ?? -1));
  };
  for (const hook of hooks) {
    let last: PlannedHook | undefined;
    for (const index of hook.dependencies) {
      const dependency = hooks[index];
      if (dependency !== undefined && isLater(dependency, last)) last = dependency;
    }
    before.push(last?.index ?? -1);
    finishes.push((last === undefined ? 0 : (finishes[last.index] ?? 0)) + durationInRun(hook));
    if (hook.mode !== "background" && isLater(hook, end)) end = hook;
  }
  const path: PlannedHook[] = [];
  for (let hook = end; hook !== undefined; hook = hooks[before[hook.index] ?? -1]) path.unshift(hook);
  return { hooks: path, duration: end === undefined ? 0 : (finishes[end.index] ?? 0) };
}

function durationInRun(hook: PlannedHook): number {
  return hook.mode === "background" ? 0 : hook.expectedDuration;
}

function countDown(counters: number[], position: number): number {
  const left = (counters[position] ?? 0) - 1;
  counters[position] = left;
  return left;
}
