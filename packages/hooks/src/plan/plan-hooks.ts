import { hookErrors } from "../errors.ts";
import type { CriticalPath, ExecutionPlan, ParallelGroup, PlannedHook } from "./execution-plan.ts";

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
  const levels = findLevels(point, graph);
  const order = orderSteps(graph, groupIntoSteps(hooks, levels));
  const steps = draftSteps(graph, levels, order);
  const planned = steps.flat();
  return {
    point,
    hooks: planned,
    steps,
    levels: [...Map.groupBy(planned, (hook) => hook.level).entries()]
      .sort(([first], [second]) => first - second)
      .map(([, members]) => members),
    groups: steps.flatMap(describeGroup),
    criticalPath: findCriticalPath(planned),
    estimatedDuration: planned.reduce((sum, hook) => sum + durationInRun(hook), 0),
  };
}

function linkDependencies(point: string, hooks: readonly PlannableHook[]): Graph {
  const placeOf = new Map(hooks.map((hook, place) => [hook.id, place]));
  const dependents: number[][] = hooks.map(() => []);
  const dependencies = hooks.map((hook, place) =>
    [...new Set(hook.dependsOn)].map((dependency) => {
      const found = placeOf.get(dependency);
      const problem = dependencyProblem(found === undefined ? undefined : hooks[found]);
      if (found === undefined || problem !== undefined) {
        throw hookErrors.LLMSPELL_E_HOOK_DEPENDENCY({ hook: hook.id, dependency, point, problem: problem ?? "" });
      }
      dependents[found]?.push(place);
      return found;
    }),
  );
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
  const steps = Map.groupBy(hooks.keys(), (place) => {
    const hook = hooks[place];
    return hook?.mode === "parallel" ? `${levels[place]} ${hook.group ?? ""}` : place;
  });
  const priorityOf = (place: number) => hooks[place]?.priority ?? 0;
  return [...steps.values()].map((members) => members.sort((a, b) => priorityOf(b) - priorityOf(a) || a - b));
}

function orderSteps(graph: Graph, steps: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const stepOf = new Map(steps.flatMap((members, step) => members.map((place) => [place, step] as const)));
  const waiting = steps.map((members) =>
    members.reduce((sum, place) => sum + (graph.dependencies[place]?.length ?? 0), 0),
  );
  // Steps stand in the order of registration, so of two with the same priority the lower number goes first.
  const priorities = steps.map(([first]) => graph.hooks[first ?? 0]?.priority ?? 0);
  const ready = [...steps.keys()].filter((step) => waiting[step] === 0);
  const order: (readonly number[])[] = [];
  for (let step = takeFirst(ready, priorities); step !== undefined; step = takeFirst(ready, priorities)) {
    const members = steps[step] ?? [];
    order.push(members);
    for (const dependent of members.flatMap((place) => graph.dependents[place] ?? [])) {
      const follower = stepOf.get(dependent) ?? 0;
      if (countDown(waiting, follower) === 0) ready.push(follower);
    }
  }
  return order;
}

/** Takes the step of the highest priority, then of the lowest number, out of `ready`. */
function takeFirst(ready: number[], priorities: readonly number[]): number | undefined {
  const rank = (a: number, b: number) => (priorities[b] ?? 0) - (priorities[a] ?? 0) || a - b;
  let best = 0;
  for (let place = 1; place < ready.length; place++) if (rank(ready[place] ?? 0, ready[best] ?? 0) < 0) best = place;
  return ready.splice(best, 1)[0];
}

function draftSteps(
  graph: Graph,
  levels: readonly number[],
  order: readonly (readonly number[])[],
): readonly (readonly PlannedHook[])[] {
  const indexOf = new Map(order.flat().map((place, index) => [place, index]));
  const indexes = (places: readonly number[] = []) =>
    places.map((place) => indexOf.get(place) ?? 0).sort((a, b) => a - b);
  return order.map((members) =>
    members.flatMap((place): PlannedHook[] => {
      const hook = graph.hooks[place];
      if (hook === undefined) return [];
      const { dependsOn: _, ...settings } = hook;
      const links = {
        dependencies: indexes(graph.dependencies[place]),
        dependents: indexes(graph.dependents[place]),
      };
      return [{ ...settings, index: indexOf.get(place) ?? 0, level: levels[place] ?? 0, ...links }];
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
  const startAfter = (hook: PlannedHook) => latest(hook.dependencies.map((index) => hooks[index]));
  const latest = (candidates: readonly (PlannedHook | undefined)[]) => {
    let found: PlannedHook | undefined;
    for (const candidate of candidates) {
      if (candidate === undefined || candidate.mode === "background") continue;
      const gain = (finishes[candidate.index] ?? 0) - (finishes[found?.index ?? -1] ?? -1);
      if (gain > 0 || (gain === 0 && candidate.level > (found?.level ?? -1))) found = candidate;
    }
    return found;
  };
  for (const hook of hooks) {
    const before = startAfter(hook);
    finishes.push((before === undefined ? 0 : (finishes[before.index] ?? 0)) + durationInRun(hook));
  }
  const path: PlannedHook[] = [];
  for (let hook = latest(hooks); hook !== undefined; hook = startAfter(hook)) path.unshift(hook);
  const end = path.at(-1);
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
