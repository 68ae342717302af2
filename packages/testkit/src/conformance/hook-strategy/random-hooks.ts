import { isLlmspellError } from "@llmspell/base";
import { cancel, type HookDefinition, type HookMode, type HookStrategy, modify, replace, retry } from "@llmspell/hooks";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { POINT, reported, setUp, type Trial } from "./trial.ts";

/** How one hook of a random graph behaves. */
interface Behaviour {
  /** Each modulo the hook's own place, so that it is one of those before it. */
  readonly links: readonly number[];
  readonly priority: number;
  readonly mode: HookMode;
  readonly group: string | undefined;
  readonly isRequired: boolean;
  readonly condition: boolean | undefined;
  /** Virtual milliseconds; `undefined` to answer at once. */
  readonly delay: number | undefined;
  readonly answer: "continue" | "modify" | "fail" | "throw" | "cancel" | "replace" | "retry";
}

const MODES: readonly HookMode[] = ["synchronous", "asynchronous", "parallel", "background", "conditional"];

const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  links: fc.array(fc.nat(), { maxLength: 3, size: "max" }),
  priority: fc.integer({ min: -2, max: 2 }),
  mode: fc.constantFrom(...MODES),
  group: fc.constantFrom(undefined, "g", "h"),
  isRequired: fc.nat(9).map((draw) => draw === 0),
  condition: fc.constantFrom(undefined, undefined, true, false),
  delay: fc.oneof(fc.constant(undefined), fc.nat(20)),
  answer: fc.oneof(
    { weight: 200, arbitrary: fc.constantFrom("continue", "modify", "modify") },
    { weight: 20, arbitrary: fc.constant("throw") },
    { weight: 1, arbitrary: fc.constantFrom("fail", "cancel", "replace", "retry") },
  ),
});

/** Small graphs, in which every ending is met, and large ones of up to 200 hooks. */
const graphs = fc.oneof(
  fc.array(behaviour, { maxLength: 20, size: "max" }),
  fc.array(behaviour, { maxLength: 200, size: "max" }),
);

/** What holds for any hooks whatever. */
export function describeRandomHooks(create: () => HookStrategy, isMeasured: boolean): void {
  describe("for random hooks", () => {
    it("each is accounted for exactly once, after those that it depends on", async () => {
      await fc.assert(
        fc.asyncProperty(graphs, (behaviours) => checkRun(setUp(create(), isMeasured), behaviours)),
        { numRuns: 40 },
      );
    });

    it("those that answer at once are called in plan order, where the strategy says so", () => {
      if (!create().callsInPlanOrder) return;
      fc.assert(
        fc.property(graphs, (behaviours) => {
          const trial = setUp(create(), isMeasured);
          register(
            trial,
            behaviours.map((one) => ({ ...one, delay: undefined, condition: undefined, answer: "continue" })),
          );
          expect(trial.manager.run(POINT, { data: {} })).not.toBeInstanceOf(Promise);
          expect(trial.started()).toEqual(trial.manager.plan(POINT)?.hooks.map(({ id }) => id) ?? []);
        }),
        { numRuns: 30 },
      );
    });

    it("each is called when the one before has answered, where the strategy says so", async () => {
      if (!create().awaitsEach) return;
      await fc.assert(
        fc.asyncProperty(graphs, async (behaviours) => {
          const trial = setUp(create(), isMeasured);
          const steady = { mode: "synchronous", condition: undefined, answer: "continue" } as const;
          register(
            trial,
            behaviours.map((one) => ({ ...one, ...steady })),
          );
          await trial.run();
          const planned = trial.manager.plan(POINT)?.hooks ?? [];
          expect(trial.trace).toEqual(planned.flatMap(({ id }) => [`start ${id}`, `finish ${id}`]));
        }),
        { numRuns: 20 },
      );
    });

    it("what is merged does not depend on which is faster", async () => {
      await fc.assert(
        fc.asyncProperty(
          graphs,
          fc.array(fc.nat(8), { minLength: 1, maxLength: 50 }),
          fc.constantFrom("first", "last"),
          async (behaviours, delays, onConflict) => {
            // Brief, so that a budget has room for all of them.
            const brief =
              (factor: number) =>
              (one: Behaviour, place: number): Behaviour => {
                const answer = one.answer === "throw" ? "throw" : "modify";
                return { ...one, answer, delay: ((delays[(place * factor) % delays.length] ?? 0) / 100) * factor };
              };
            const results = await Promise.all(
              [1, 3].map(async (factor) => {
                const trial = setUp(create(), isMeasured, { onConflict });
                register(trial, behaviours.map(brief(factor)));
                return trial.run();
              }),
            );
            const [first, second] = results.map((end) => ("run" in end ? end.run : end));
            expect(second).toEqual(first);
          },
        ),
        { numRuns: 20 },
      );
    });
  });
}

function register(trial: Trial, behaviours: readonly Behaviour[]): void {
  const hooks = behaviours.map((one, place) => definitionOf(one, place, behaviours, trial));
  for (const { id, ...definition } of hooks) trial.add(id, definition);
}

function definitionOf(
  { priority, mode, group, isRequired, condition, delay, answer, links }: Behaviour,
  place: number,
  all: readonly Behaviour[],
  { trace }: Trial,
): HookDefinition {
  const id = `h${place}`;
  const finish = () => {
    trace.push(`finish ${id}`);
    if (answer === "fail" || answer === "throw") throw new Error("broken");
    if (mode === "background" || answer === "continue") return undefined;
    if (answer === "modify") return modify({ [id]: { by: id }, shared: { [`key${place % 5}`]: place % 3 } });
    if (answer === "cancel") return cancel("no");
    return answer === "replace" ? replace(id) : retry("again");
  };
  return {
    ...{ id, priority, mode, required: isRequired },
    group: mode === "parallel" ? group : undefined,
    dependsOn: linked(links, place, all).map((link) => `h${link}`),
    onError: answer === "fail" ? "fail" : "skip",
    condition: condition === undefined && mode !== "conditional" ? undefined : () => condition ?? true,
    handler: (context) => (delay === undefined ? finish() : context.clock.sleep(delay).then(finish)),
  };
}

/** The places of the hooks that one depends on: background hooks are never awaited. */
function linked(links: readonly number[], place: number, all: readonly Behaviour[]): readonly number[] {
  if (place === 0) return [];
  return [...new Set(links.map((link) => link % place))].filter((link) => all[link]?.mode !== "background");
}

async function checkRun(trial: Trial, behaviours: readonly Behaviour[]): Promise<void> {
  register(trial, behaviours);
  const end = await trial.run();
  const calls = trial.started().length;
  await trial.settle();
  expect(trial.started(), "nothing starts after the run has ended").toHaveLength(calls);
  expect(new Set(trial.started()).size, "no hook is called twice").toBe(calls);
  const outcomes = trial.outcomes();
  expect(Object.keys(outcomes)).toHaveLength(behaviours.length);
  for (const [place, one] of behaviours.entries()) checkHook(one, place, behaviours, trial, outcomes);
  if ("error" in end) {
    const codes = ["LLMSPELL_E_HOOK_FAILED", "LLMSPELL_E_HOOK_CONFLICT"];
    expect(codes).toContain(isLlmspellError(end.error) ? end.error.code : end.error);
    return;
  }
  expect(Object.keys(reported(end.run)), "the report is in plan order").toEqual(
    trial.manager.plan(POINT)?.hooks.map(({ id }) => id) ?? [],
  );
  const background = (id: string) => behaviours[Number(id.slice(1))]?.mode === "background";
  for (const [id, outcome] of Object.entries(reported(end.run))) {
    if (background(id)) expect(["started", outcomes[id]]).toContain(outcome);
    else expect(outcome).toBe(outcomes[id]);
  }
  if (end.run.status !== "completed") return;
  expect(Object.values(outcomes)).not.toContain("skipped: run_ended");
  const modified = Object.entries(outcomes).filter(([, outcome]) => outcome === "modified");
  for (const [id] of modified) expect(end.run.data[id], "every change is merged").toEqual({ by: id });
}

/** What a hook did, what its figures say, and what became of those that it depends on, must fit together. */
function checkHook(
  { links, isRequired, condition }: Behaviour,
  place: number,
  all: readonly Behaviour[],
  { trace }: Trial,
  outcomes: Readonly<Record<string, string>>,
): void {
  const id = `h${place}`;
  const outcome = outcomes[id] ?? "";
  const dependencies = linked(links, place, all).map((link) => `h${link}`);
  const lacking = dependencies.filter((dependency) => isGap(outcomes[dependency]));
  const start = trace.indexOf(`start ${id}`);
  if (start >= 0) {
    expect(condition, "a condition that does not hold is heeded").not.toBe(false);
    for (const dependency of dependencies) {
      const isOver = trace.slice(0, start).includes(`finish ${dependency}`) || !trace.includes(`start ${dependency}`);
      // A hook that was stopped has had its say, though it may not know.
      expect(isOver || isGap(outcomes[dependency]), `${dependency} was done before ${id} began`).toBe(true);
    }
    if (!isRequired) expect(lacking, `${id} was called though it lacks dependencies`).toEqual([]);
  } else expect(outcome).toMatch(/^skipped: /);
  if (outcome === "skipped: condition") expect(condition).toBe(false);
  if (outcome === "skipped: dependency") expect(lacking).not.toEqual([]);
  if (isRequired) expect(outcome).not.toMatch(/^skipped: (dependency|budget)$/);
  if (outcome === "skipped: condition" || outcome === "skipped: dependency") expect(start).toBe(-1);
}

/** Whether those that depend on it have to be left out. */
function isGap(outcome: string | undefined): boolean {
  return outcome === "failed" || (outcome?.startsWith("skipped: ") === true && outcome !== "skipped: condition");
}
