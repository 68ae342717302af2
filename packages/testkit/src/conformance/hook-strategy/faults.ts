import { type HookDefinition, type HookHandler, type HookMode, type HookStrategy, modify } from "@llmspell/hooks";
import { describe, expect, it } from "vitest";
import { POINT, reported, setUp, type Trial } from "./trial.ts";

/** A way for a hook to go wrong. */
interface Fault {
  readonly name: string;
  readonly handler: HookHandler;
  readonly definition?: Partial<HookDefinition>;
  /** How long the run waits for it; virtual milliseconds. */
  readonly takes?: number;
  /** What the failure says, where that is not up to the hook. */
  readonly error?: object;
}

const MODES: readonly HookMode[] = ["synchronous", "asynchronous", "parallel", "background", "conditional"];

const TIMEOUT = 20;
const wrongOutcome = { code: "LLMSPELL_E_HOOK_OUTCOME" };

/** What plain JavaScript may return in place of an outcome. */
function garbage(name: string, value: () => unknown, error: object = wrongOutcome): readonly Fault[] {
  const answer = value as () => never;
  return [
    { name: `answers with ${name}`, handler: answer, error },
    { name: `answers later with ${name}`, handler: async () => answer(), error },
  ];
}

/** An object of which one key throws when it is read. */
function trapped(key: string, rest: object = {}): object {
  return Object.defineProperty({ ...rest }, key, {
    enumerable: true,
    get() {
      throw new Error("trapped");
    },
  });
}

function thenable(then: (resolve: (value: unknown) => void, reject: (error: Error) => void) => void): object {
  return { then };
}

function cyclic(): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  patch["self"] = patch;
  return patch;
}

/** What is seen to be no patch only when it is merged, perhaps with others: that may fail the run. */
const UNMERGEABLE: readonly (readonly [problem: string, patch: () => Record<string, unknown>])[] = [
  ["holds itself", cyclic],
  ["has a key that throws", () => ({ user: trapped("name") })],
];

const FAULTS: readonly Fault[] = [
  {
    name: "throws",
    handler: () => {
      throw new Error("broken");
    },
    error: { message: "broken" },
  },
  { name: "throws nothing", handler: () => Promise.reject(undefined) },
  {
    name: "rejects",
    handler: async ({ clock }) => clock.sleep(5).then(() => Promise.reject(new Error("broken"))),
    takes: 5,
    error: { message: "broken" },
  },
  {
    name: "hangs until its timeout",
    handler: () => new Promise(() => undefined),
    definition: { timeout: TIMEOUT },
    takes: TIMEOUT,
    error: { code: "LLMSPELL_E_HOOK_TIMEOUT" },
  },
  {
    name: "answers after its timeout",
    handler: ({ clock }) => clock.sleep(TIMEOUT + 5).then(() => modify({ late: true })),
    definition: { timeout: TIMEOUT },
    takes: TIMEOUT,
    error: { code: "LLMSPELL_E_HOOK_TIMEOUT" },
  },
  ...garbage("a string", () => "yes"),
  ...garbage("false", () => false),
  ...garbage("null", () => null),
  ...garbage("a function", () => () => undefined),
  ...garbage("a symbol", () => Symbol("yes")),
  ...garbage("an array", () => [modify({})]),
  ...garbage("an object of no kind", () => ({})),
  ...garbage("an unknown kind", () => ({ kind: "explode" })),
  ...garbage("a patch that is none", () => ({ kind: "modify", patch: [1] })),
  ...garbage("a reason that is none", () => ({ kind: "cancel", reason: 5 })),
  ...garbage("a retry after no duration", () => ({ kind: "retry", reason: "again", delay: "soon" }), {
    code: "LLMSPELL_E_DURATION",
  }),
  ...garbage("a kind that throws", () => trapped("kind"), { message: "trapped" }),
  ...garbage("a patch that throws", () => trapped("patch", { kind: "modify" }), { message: "trapped" }),
  ...garbage("a promise that cannot be asked", () => trapped("then"), { message: "trapped" }),
  ...garbage(
    "a promise that throws",
    () =>
      thenable(() => {
        throw new Error("trapped");
      }),
    { message: "trapped" },
  ),
  ...garbage("a promise of garbage", () => thenable((resolve) => resolve("yes"))),
  ...garbage(
    "a promise that rejects and then resolves",
    () =>
      thenable((resolve, reject) => {
        reject(new Error("trapped"));
        resolve(undefined);
      }),
    { message: "trapped" },
  ),
  {
    name: "writes into its data",
    handler: ({ data }) => void Object.assign(data, { written: true }),
    error: { name: "TypeError" },
  },
  {
    name: "writes deep into its data",
    handler: ({ data }) => void Object.assign(Object(data["user"]), { name: "someone else" }),
    error: { name: "TypeError" },
  },
  {
    name: "adds to a list in its data",
    handler: ({ data }) => void (data["tags"] as string[]).push("more"),
    error: { name: "TypeError" },
  },
  {
    name: "writes into its input later",
    handler: async ({ input }) => void Object.assign(Object(input), { written: true }),
    error: { name: "TypeError" },
  },
];

/** Every fault in every mode: what becomes of the run, and of each hook. */
export function describeFaults(create: () => HookStrategy, isMeasured: boolean): void {
  describe.each(MODES)("a faulty hook of mode %s", (mode) => {
    it.each(FAULTS)("that $name is passed over with onError: skip", async (fault) => {
      const trial = setUp(create(), isMeasured);
      addFaulty(trial, fault, mode, "skip");
      const end = await trial.run(request());
      if (!("run" in end)) throw end.error;
      expect(end.run).toMatchObject({ status: "completed", data: request().data });
      const awaited = mode === "background" ? 0 : (fault.takes ?? 0);
      expect(trial.clock.now()).toBe(awaited);
      const before = reported(end.run);
      await trial.settle();
      expect(trial.outcomes()).toEqual(outcomesAround(mode));
      expect(before).toEqual({ ...outcomesAround(mode), ...(mode === "background" ? { faulty: "started" } : {}) });
      expect(trial.statsOf("faulty")).toMatchObject({ failed: 1, pending: 0 });
      expect(trial.warnings).toHaveLength(1);
      const entry = end.run.report.find(({ hook }) => hook === "faulty");
      if (mode !== "background") expect(entry).toMatchObject({ outcome: "failed", error: fault.error });
    });

    it.each(FAULTS)("that $name fails the run with onError: fail", async (fault) => {
      const trial = setUp(create(), isMeasured);
      addFaulty(trial, fault, mode, "fail");
      const end = await trial.run(request());
      await trial.settle();
      const outcomes = trial.outcomes();
      expect(outcomes["faulty"]).toBe("failed");
      // A background hook cannot end a run.
      if (mode === "background") {
        expect(end).toMatchObject({ run: { status: "completed" } });
        return;
      }
      expect(end).toMatchObject({ error: { code: "LLMSPELL_E_HOOK_FAILED" } });
      expect(outcomes).toMatchObject({ dependent: "skipped: run_ended", guard: "skipped: run_ended" });
      expect(trial.started().filter((id) => id === "dependent" || id === "guard")).toEqual([]);
    });

    it.each(UNMERGEABLE)("that answers with a patch that %s ends the run, and is accounted for", async (_, patch) => {
      for (const onError of ["skip", "fail"] as const) {
        const trial = setUp(create(), isMeasured);
        addFaulty(trial, { name: "", handler: async () => modify(patch()) }, mode, onError);
        await trial.run(request());
        await trial.settle();
        const { before, faulty } = trial.outcomes();
        expect(before).toBe("continued");
        expect(["failed", "modified"]).toContain(faulty);
      }
    });

    it("that hangs ends with the point's deadline", async () => {
      const trial = setUp(create(), isMeasured, { pointOptions: { [POINT]: { deadline: 50 } } });
      addHook(trial, mode, { handler: () => new Promise(() => undefined) });
      const end = await trial.run();
      expect(end).toMatchObject({ run: { status: "completed" } });
      expect(trial.outcomes()).toEqual({ faulty: mode === "background" ? "pending" : "skipped: deadline" });
      expect(trial.clock.now()).toBe(mode === "background" ? 0 : 50);
    });

    it("that hangs is left when the caller gives up", async () => {
      const trial = setUp(create(), isMeasured);
      addHook(trial, mode, { handler: () => new Promise(() => undefined) });
      trial.add("awaited", { handler: ({ clock }) => clock.sleep(30), priority: -1 });
      const caller = new AbortController();
      const run = Promise.resolve(trial.manager.run(POINT, { data: {}, signal: caller.signal }));
      caller.abort(new Error("gone"));
      await expect(run).rejects.toThrow("gone");
      await trial.settle();
      expect(trial.outcomes()).toMatchObject({
        faulty: mode === "background" ? "pending" : "skipped: aborted",
        awaited: "skipped: aborted",
      });
      expect(trial.statsOf("faulty")).toMatchObject({ unresponsive: mode === "background" ? 0 : 1 });
    });
  });
}

function request() {
  return { data: { user: { name: "Ada" }, tags: ["a"] }, input: { question: "?" } };
}

/** The hook, and around it: one before it, one after it, and two that depend on it, of which one is required. */
function addFaulty(trial: Trial, { handler, definition }: Fault, mode: HookMode, onError: "fail" | "skip"): void {
  trial.add("before", { priority: 2 });
  addHook(trial, mode, { handler, onError, ...definition });
  trial.add("after", { priority: -1 });
  if (mode === "background") return;
  trial.add("dependent", { dependsOn: ["faulty"] });
  trial.add("guard", { dependsOn: ["faulty"], required: true });
}

function addHook(trial: Trial, mode: HookMode, definition: Partial<HookDefinition>): void {
  const condition = mode === "conditional" ? () => true : undefined;
  trial.add("faulty", { mode, condition, priority: 1, ...definition });
}

function outcomesAround(mode: HookMode): Readonly<Record<string, string>> {
  const independent = { before: "continued", faulty: "failed", after: "continued" };
  if (mode === "background") return independent;
  return { ...independent, dependent: "skipped: dependency", guard: "continued" };
}
