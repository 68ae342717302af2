import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExecutionPlan } from "./execution-plan.ts";
import { type PlannableHook, planHooks } from "./plan-hooks.ts";

function hook(id: string, settings: Partial<PlannableHook> = {}): PlannableHook {
  return {
    id,
    priority: 0,
    mode: "synchronous",
    group: undefined,
    required: false,
    onError: "fail",
    expectedDuration: 0,
    minDuration: 0,
    timeout: undefined,
    stream: "buffer",
    dependsOn: [],
    ...settings,
  };
}

const idsOf = (hooks: readonly { readonly id: string }[]) => hooks.map(({ id }) => id);
const plan = (...hooks: readonly PlannableHook[]) => planHooks("before_work", hooks);

describe("planHooks", () => {
  it("orders by dependency, then priority, then registration", () => {
    const result = plan(
      hook("late", { dependsOn: ["low"], priority: 100 }),
      hook("low", { priority: -1 }),
      hook("first"),
      hook("second"),
      hook("urgent", { priority: 5 }),
    );
    expect(idsOf(result.hooks)).toEqual(["urgent", "first", "second", "low", "late"]);
    expect(result.levels.map(idsOf)).toEqual([["urgent", "first", "second", "low"], ["late"]]);
  });

  it("runs what an urgent hook has made possible before less urgent hooks", () => {
    const result = plan(
      hook("other", { priority: 1 }),
      hook("root", { priority: 9 }),
      hook("next", { priority: 8, dependsOn: ["root"] }),
    );
    expect(idsOf(result.hooks)).toEqual(["root", "next", "other"]);
  });

  it("puts the members of a group on one level into one step, a single one too", () => {
    const guards = { mode: "parallel", group: "guards", expectedDuration: 5 } as const;
    const result = plan(
      hook("a", guards),
      hook("alone", { mode: "parallel", group: "other" }),
      hook("b", { ...guards, expectedDuration: 7, priority: 3 }),
      hook("c", { ...guards, dependsOn: ["a"] }),
    );
    expect(result.steps.map(idsOf)).toEqual([["b", "a"], ["alone"], ["c"]]);
    expect(result.groups).toMatchObject([
      { name: "guards", level: 0, estimatedDuration: 7 },
      { name: "other", level: 0, estimatedDuration: 0 },
      { name: "guards", level: 1, estimatedDuration: 5 },
    ]);
  });

  it("estimates the sum and the critical path, background hooks left out", () => {
    const result = plan(
      hook("a", { expectedDuration: 10 }),
      hook("b", { expectedDuration: 30 }),
      hook("c", { expectedDuration: 25, dependsOn: ["a"] }),
      hook("audit", { expectedDuration: 500, dependsOn: ["c"], mode: "background" }),
    );
    expect(result.estimatedDuration).toBe(65);
    expect(idsOf(result.criticalPath.hooks)).toEqual(["a", "c"]);
    expect(result.criticalPath.duration).toBe(35);
  });

  it("prints a circle", () => {
    const build = () =>
      plan(
        hook("free"),
        hook("entry", { dependsOn: ["a"] }),
        hook("a", { dependsOn: ["free", "b"] }),
        hook("b", { dependsOn: ["c"] }),
        hook("c", { dependsOn: ["a"] }),
      );
    expect(build).toThrow(expect.objectContaining({ code: "LLMSPELL_E_HOOK_CYCLE" }));
    expect(build).toThrow("a → b → c → a");
    expect(() => plan(hook("self", { dependsOn: ["self"] }))).toThrow("self → self");
  });

  it("refuses to depend on no hook, or on one that is never awaited", () => {
    const missing = () => plan(hook("a", { dependsOn: ["redcat"] }));
    expect(missing).toThrow(expect.objectContaining({ code: "LLMSPELL_E_HOOK_DEPENDENCY" }));
    expect(missing).toThrow(
      'The hook "a" at before_work depends on "redcat", but no hook of that id is registered there.',
    );
    expect(() => plan(hook("b", { mode: "background" }), hook("a", { dependsOn: ["b"] }))).toThrow("never awaited");
  });

  it("holds for random graphs", () => {
    fc.assert(fc.property(randomHooks(), checkPlan), { numRuns: 60 });
  });
});

/** Up to 200 hooks in shuffled order, each depending on some that come before it in a hidden order. */
function randomHooks(): fc.Arbitrary<readonly PlannableHook[]> {
  const settings = fc.record({
    priority: fc.integer({ min: -3, max: 3 }),
    mode: fc.constantFrom("synchronous", "asynchronous", "parallel", "conditional"),
    group: fc.constantFrom(undefined, "g", "h"),
    expectedDuration: fc.integer({ min: 0, max: 50 }),
    links: fc.array(fc.nat(), { maxLength: 4 }),
  });
  return fc
    .array(settings, { maxLength: 200 })
    .map((all) =>
      all.map(({ links, ...rest }, place) =>
        hook(`h${place}`, { ...rest, dependsOn: place === 0 ? [] : links.map((link) => `h${link % place}`) }),
      ),
    )
    .chain((hooks) => fc.shuffledSubarray(hooks, { minLength: hooks.length, maxLength: hooks.length }));
}

function checkPlan(hooks: readonly PlannableHook[]): void {
  const result = planHooks("before_work", hooks);
  expect(idsOf(result.hooks).sort()).toEqual(idsOf(hooks).sort());
  expect(result.steps.flat()).toEqual(result.hooks);
  const positions = new Map(result.hooks.map((planned) => [planned.id, planned.index]));
  for (const { id, dependsOn } of hooks) {
    for (const dependency of dependsOn) expect(positions.get(dependency)).toBeLessThan(positions.get(id) ?? -1);
  }
  for (const planned of result.hooks) {
    expect(result.hooks[planned.index]).toBe(planned);
    for (const dependent of planned.dependents) expect(result.hooks[dependent]?.dependencies).toContain(planned.index);
  }
  checkPriorities(result, hooks);
  expect(result.criticalPath.duration).toBe(longestPath(hooks));
}

/** No step runs while a more urgent one, or one as urgent that was registered before, could have run. */
function checkPriorities({ steps }: ExecutionPlan, hooks: readonly PlannableHook[]): void {
  const registration = new Map(hooks.map(({ id }, place) => [id, place]));
  const rankOf = (step: ExecutionPlan["steps"][number]) => ({
    priority: Math.max(...step.map((member) => member.priority)),
    place: Math.min(...step.map((member) => registration.get(member.id) ?? 0)),
  });
  const done = new Set<number>();
  for (const [position, step] of steps.entries()) {
    const chosen = rankOf(step);
    for (const other of steps.slice(position + 1)) {
      if (!other.every((member) => member.dependencies.every((dependency) => done.has(dependency)))) continue;
      const passed = rankOf(other);
      expect(passed.priority).toBeLessThanOrEqual(chosen.priority);
      if (passed.priority === chosen.priority) expect(passed.place).toBeGreaterThan(chosen.place);
    }
    for (const member of step) done.add(member.index);
  }
}

/** The critical path's length by another way: from each hook down, without an order. */
function longestPath(hooks: readonly PlannableHook[]): number {
  const byId = new Map(hooks.map((planned) => [planned.id, planned]));
  const known = new Map<string, number>();
  const finish = (id: string): number => {
    const found = byId.get(id);
    if (found === undefined) return 0;
    const length = known.get(id) ?? found.expectedDuration + Math.max(0, ...found.dependsOn.map(finish));
    known.set(id, length);
    return length;
  };
  return Math.max(0, ...hooks.map(({ id }) => finish(id)));
}
