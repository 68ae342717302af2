import { VirtualClock } from "@llmspell/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import type { HookDefinition, HookHandler } from "./hook.ts";
import type { HookContext, HookData } from "./hook-context.ts";
import { HookManager } from "./hook-manager.ts";
import { cancel, modify, replace } from "./hook-outcome.ts";
import type { HookRun } from "./hook-run.ts";
import { readingsOf } from "./statistics/readings.ts";

const POINT = "before_work";

/** Whether runs go the way of those that are measured, which is another than that of most runs. */
let isMeasured = true;

function setUp(options: ConstructorParameters<typeof HookManager>[0] = {}) {
  const clock = new VirtualClock();
  const warnings: string[] = [];
  const ignore = () => undefined;
  const log = { debug: ignore, info: ignore, error: ignore, warn: (message: string) => void warnings.push(message) };
  const manager = new HookManager(options, { clock, log });
  if (!isMeasured) spendMeasuredRun(manager);
  const calls: string[] = [];
  const seen: Record<string, HookData> = {};
  /** Registers a hook that notes its call and what it saw, and then answers. */
  const add = (id: string, settings: Partial<HookDefinition> = {}, answer: HookHandler = () => undefined) =>
    manager.register(POINT, {
      id,
      handler: (context) => {
        calls.push(id);
        seen[id] = context.data;
        return answer(context);
      },
      ...settings,
    });
  const run = (data: HookData = {}, signal?: AbortSignal) => manager.run(POINT, { data, signal });
  const statsOf = (id: string) => manager.stats()[0]?.hooks.find((hook) => hook.id === id);
  /** The figures of the point, without the run that was spent. */
  const pointStats = () => {
    const stats = manager.stats()[0];
    const spent = isMeasured ? 0 : 1;
    return { ...stats, runs: (stats?.runs ?? 0) - spent, completed: (stats?.completed ?? 0) - spent };
  };
  return { manager, clock, warnings, calls, seen, add, run, statsOf, pointStats };
}

/** Answers after a while of virtual time. */
function after(delay: number, answer: HookHandler = () => undefined): HookHandler {
  return async (context) => {
    await context.clock.sleep(delay);
    return answer(context);
  };
}

function outcomes(run: HookRun): Record<string, string> {
  return Object.fromEntries(
    run.report.map((entry) => [entry.hook, entry.outcome === "skipped" ? `skipped: ${entry.reason}` : entry.outcome]),
  );
}

/** The first run of a point is measured; this one is not seen in any figure but the runs of the point. */
function spendMeasuredRun(manager: HookManager): void {
  using _hook = manager.register(POINT, { id: "spent", handler: () => undefined });
  void manager.run(POINT, { data: {} });
}

describe.each([
  ["measured", true],
  ["not measured", false],
])("%s", (_, measured) => {
  beforeAll(() => {
    isMeasured = measured;
  });

  describe("a run", () => {
    it("is synchronous while every hook is", () => {
      const { add, run } = setUp();
      add("a", {}, () => modify({ n: 1 }));
      add("b", { mode: "parallel" });
      add("c", { mode: "asynchronous" }, () => modify({ m: 2 }));
      add("d", { mode: "background" });
      add("e", { mode: "conditional", condition: () => false });
      const result = run({ n: 0 });
      expect(result).not.toBeInstanceOf(Promise);
      expect(result).toMatchObject({ status: "completed", data: { n: 1, m: 2 } });
    });

    it("becomes a promise with the first hook that answers later", async () => {
      const { add, run, clock } = setUp();
      add("a", {}, after(5));
      const result = run();
      expect(result).toBeInstanceOf(Promise);
      expect(await clock.runUntil(Promise.resolve(result))).toMatchObject({ status: "completed" });
    });

    it("completes at a point without hooks, with the data as it is", () => {
      const data = { n: 1 };
      expect(setUp().run(data)).toEqual({ status: "completed", data, report: [] });
    });

    it("calls hooks by dependency and priority, each seeing the changes before it", async () => {
      const { add, run, calls, seen } = setUp();
      add("low", { priority: -1 });
      add("high", { priority: 10, dependsOn: ["base"] }, () => modify({ user: { name: "x" } }));
      add("base", {}, async () => modify({ user: { id: 1 }, secret: null }));
      const data = { secret: "s", big: { kept: true } };
      const result = await run(data);
      expect(calls).toEqual(["base", "high", "low"]);
      expect(seen["low"]).toEqual({ user: { id: 1, name: "x" }, big: { kept: true } });
      expect(result.data["big"]).toBe(data.big);
      expect(data).toEqual({ secret: "s", big: { kept: true } });
      expect(outcomes(result)).toEqual({ base: "modified", high: "modified", low: "continued" });
    });

    it("counts what began, and that what became of it adds up, also while hooks run", async () => {
      const { pointStats, add, run, manager, clock, statsOf } = setUp();
      add("a", { mode: "background" }, after(50));
      add("b", { priority: -1 }, after(10));
      add("c", { priority: -2, condition: ({ data }) => data["n"] === 1 }, after(10));
      const check = () => {
        for (const { in: came, out, shed, failed, pending } of readingsOf(manager.stats())) {
          expect(out + shed + failed + pending).toBe(came);
        }
      };
      const caller = new AbortController();
      const results = [run({ n: 1 }), run({ n: 2 }), run({ n: 1 }, caller.signal)];
      check();
      expect(statsOf("c")).toMatchObject({ count: 0 });
      await clock.advance(5);
      caller.abort(new Error("gone"));
      check();
      await clock.runUntil(Promise.allSettled(results));
      check();
      await clock.runUntil(manager.drain());
      check();
      expect(pointStats()).toMatchObject({ runs: 3, completed: 2, aborted: 1, pending: 0 });
      expect(statsOf("c")).toMatchObject({ count: 3, continued: 1, skipped: { condition: 1, aborted: 1 }, pending: 0 });
    });

    if (measured)
      it("measures each hook, however it answers", async () => {
        const { manager, clock, add, run, statsOf } = setUp();
        let time = 0;
        Object.assign(clock, { now: () => time });
        const busy = (duration: number) => () => {
          time += duration;
        };
        add("a", {}, busy(3));
        add("b", { mode: "background" }, busy(50));
        add("c", {}, busy(7));
        add("d", { mode: "parallel" }, async () => busy(5)());
        add("e", { mode: "parallel" }, busy(1));
        await run();
        expect(["a", "b", "c", "d", "e"].map((id) => statsOf(id)?.duration.max)).toEqual([3, 50, 7, 6, 1]);
        expect(manager.stats()[0]?.duration.max).toBe(66);
      });

    if (measured)
      it("reads the clock once for each hook that answers at once, and at both ends", () => {
        const { clock, add, run } = setUp();
        let reads = 0;
        Object.assign(clock, { now: () => reads++ });
        for (const id of ["a", "b", "c"]) add(id);
        void run();
        expect(reads).toBe(5);
      });

    it("gives hooks the point, the input and a signal that has not aborted", () => {
      const { manager } = setUp();
      let context: HookContext | undefined;
      const note = (given: HookContext) => {
        context = given;
      };
      manager.register("after_work", { id: "a", handler: note });
      void manager.run("after_work", { input: "question", data: {} });
      expect(context).toMatchObject({ point: "after_work", input: "question", data: {} });
      expect(context?.signal.aborted).toBe(false);
    });

    it("stops at the first that cancels", async () => {
      const { add, run, calls } = setUp();
      add("a", {}, () => modify({ n: 1 }));
      add("guard", {}, async () => cancel("It is forbidden."));
      add("b");
      const result = await run();
      expect(result).toMatchObject({ status: "cancelled", reason: "It is forbidden.", hook: "guard", data: { n: 1 } });
      expect(calls).toEqual(["a", "guard"]);
      expect(outcomes(result)).toEqual({ a: "modified", guard: "cancelled", b: "skipped: run_ended" });
    });

    it("stops at the first that gives the result", () => {
      const { add, run, calls } = setUp();
      add("cached", {}, () => replace({ text: "from before" }));
      add("b");
      expect(run()).toMatchObject({ status: "replaced", result: { text: "from before" }, hook: "cached" });
      expect(calls).toEqual(["cached"]);
    });

    it("throws the reason of the caller's signal and accounts for every hook", async () => {
      const { add, run, pointStats, clock, statsOf } = setUp();
      let signal: AbortSignal | undefined;
      add("slow", {}, (context) => {
        ({ signal } = context);
        return context.clock.sleep(100).then(() => modify({ n: 1 }));
      });
      add("next");
      const caller = new AbortController();
      const result = run({}, caller.signal);
      caller.abort(new Error("gone"));
      await expect(result).rejects.toThrow("gone");
      expect(signal?.aborted).toBe(true);
      expect(pointStats()).toMatchObject({ runs: 1, aborted: 1, pending: 0 });
      expect(statsOf("slow")).toMatchObject({ count: 1, skipped: { aborted: 1 }, pending: 0, late: 0 });
      await clock.advance(100);
      expect(statsOf("slow")).toMatchObject({ count: 1, late: 1, modified: 0 });
      expect(statsOf("next")).toMatchObject({ count: 1, skipped: { aborted: 1 } });
      expect(() => run({}, caller.signal)).toThrow("gone");
    });
  });

  describe("a hook that aborts the caller's signal itself", () => {
    const answers: readonly (readonly [string, HookHandler])[] = [
      ["answers at once", () => modify({ n: 1 })],
      ["answers later", async () => modify({ n: 1 })],
      ["rejects", () => Promise.reject(new Error("bug"))],
      [
        "throws at once",
        () => {
          throw new Error("bug");
        },
      ],
    ];

    it.each(answers)("and %s is accounted for once", async (_, answer) => {
      const { add, run, pointStats, statsOf } = setUp();
      const caller = new AbortController();
      add("first", {}, async () => undefined);
      add("quitter", {}, (context) => {
        caller.abort(new Error("gone"));
        return answer(context);
      });
      await expect(run({}, caller.signal)).rejects.toThrow("gone");
      await Promise.resolve();
      expect(statsOf("quitter")).toMatchObject({ count: 1, skipped: { aborted: 1 }, late: 1, pending: 0 });
      expect(pointStats()).toMatchObject({ runs: 1, aborted: 1 });
    });
  });

  describe("a condition that aborts the caller's signal", () => {
    it.each([true, false])("and yields %s skips the hook once", async (answer) => {
      const { add, run, calls, statsOf } = setUp();
      const caller = new AbortController();
      add("first", {}, async () => undefined);
      const condition = () => {
        caller.abort(new Error("gone"));
        return answer;
      };
      add("quitter", { condition });
      await expect(run({}, caller.signal)).rejects.toThrow("gone");
      expect(calls).toEqual(["first"]);
      expect(statsOf("quitter")).toMatchObject({ count: 1, skipped: { aborted: 1, condition: 0 } });
    });
  });

  describe("a hook that aborts the caller's signal and never answers", () => {
    it("does not hold the run", async () => {
      const { add, run, statsOf } = setUp();
      const caller = new AbortController();
      add("quitter", {}, () => {
        caller.abort(new Error("gone"));
        return new Promise(() => undefined);
      });
      await expect(run({}, caller.signal)).rejects.toThrow("gone");
      expect(statsOf("quitter")).toMatchObject({ count: 1, skipped: { aborted: 1 }, pending: 0 });
    });
  });

  describe("modes", () => {
    it("asynchronous: started in order, awaited at the end, merged then", async () => {
      const { add, run, calls, seen, clock } = setUp();
      add(
        "later",
        { mode: "asynchronous", priority: 2 },
        after(50, () => modify({ n: "later" })),
      );
      add("now", { priority: 1 }, () => modify({ n: "now", m: 1 }));
      add("last");
      const result = run();
      expect(calls).toEqual(["later", "now", "last"]);
      expect(seen["last"]).toEqual({ n: "now", m: 1 });
      expect((await clock.runUntil(Promise.resolve(result))).data).toEqual({ n: "later", m: 1 });
      expect(clock.now()).toBe(50);
    });

    it("asynchronous: awaited before a hook that depends on it", async () => {
      const { add, run, seen, clock } = setUp();
      add(
        "fetch",
        { mode: "asynchronous" },
        after(50, () => modify({ page: "text" })),
      );
      add("other", { mode: "asynchronous" }, after(500));
      add("use", { dependsOn: ["fetch"] }, (context) => modify({ usedAt: context.clock.now() }));
      const result = await clock.runUntil(Promise.resolve(run()));
      expect(seen["use"]).toEqual({ page: "text" });
      expect(result.data).toEqual({ page: "text", usedAt: 50 });
      expect(clock.now()).toBe(500);
    });

    it("parallel: at once, blind to each other, merged together", async () => {
      const { add, run, seen, clock } = setUp();
      const guards = { mode: "parallel", group: "guards" } as const;
      add(
        "a",
        guards,
        after(30, () => modify({ found: { a: 1 } })),
      );
      add(
        "b",
        guards,
        after(20, () => modify({ found: { b: 1 } })),
      );
      add("c", guards, () => modify({ found: { c: 1 } }));
      add("next");
      const result = await clock.runUntil(Promise.resolve(run({ n: 0 })));
      expect(clock.now()).toBe(30);
      expect([seen["a"], seen["b"], seen["c"]]).toEqual([{ n: 0 }, { n: 0 }, { n: 0 }]);
      expect(seen["next"]).toEqual({ n: 0, found: { a: 1, b: 1, c: 1 } });
      expect(result.status).toBe("completed");
    });

    it("parallel: one that cancels ends the run at once and tells the others to stop", async () => {
      const { add, run, clock, statsOf } = setUp();
      let slow: AbortSignal | undefined;
      add("slow", { mode: "parallel", timeout: "10s" }, (context) => {
        ({ signal: slow } = context);
        return context.clock.sleep(1000);
      });
      add(
        "guard",
        { mode: "parallel" },
        after(10, () => cancel("no")),
      );
      const result = await clock.runUntil(Promise.resolve(run()));
      expect(result.status).toBe("cancelled");
      expect(clock.now()).toBe(10);
      expect(slow?.aborted).toBe(true);
      expect(outcomes(result)).toEqual({ slow: "skipped: run_ended", guard: "cancelled" });
      expect(statsOf("slow")).toMatchObject({ pending: 0, late: 0, count: 1 });
      expect(clock.pendingTimers).toBe(1);
      await clock.advance(1000);
      expect(statsOf("slow")).toMatchObject({ late: 1, count: 1 });
    });

    it("background: never awaited, on the data as it was, counted and drained", async () => {
      const { add, run, manager, clock, seen, statsOf } = setUp();
      let later: HookData | undefined;
      add("audit", { mode: "background", priority: 5 }, async (context) => {
        await context.clock.sleep(40);
        later = context.data;
      });
      add("change", {}, () => modify({ n: 2 }));
      const result = run({ n: 1 });
      expect(result).toMatchObject({ status: "completed", data: { n: 2 } });
      expect(outcomes(await result)).toEqual({ audit: "started", change: "modified" });
      expect(statsOf("audit")).toMatchObject({ count: 1, pending: 1, continued: 0 });
      await clock.runUntil(manager.drain());
      expect(clock.now()).toBe(40);
      expect(later).toEqual({ n: 1 });
      expect(seen["audit"]).toBe(later);
      expect(statsOf("audit")).toMatchObject({ count: 1, pending: 0, continued: 1 });
      expect(statsOf("audit")?.duration.count).toBe(1);
    });

    it("background: a failure, a timeout or an outcome is counted and logged, and never ends the run", async () => {
      const { add, run, manager, clock, warnings, statsOf } = setUp();
      const settings = { mode: "background", onError: "fail" } as const;
      add("throws", settings, () => {
        throw new Error("broken");
      });
      add("rejects", settings, () => Promise.reject(new Error("refused")));
      add("cancels", settings, () => cancel("too late"));
      add("hangs", { ...settings, timeout: 20 }, after(100));
      expect(await run()).toMatchObject({ status: "completed" });
      await clock.runUntil(manager.drain());
      expect(clock.now()).toBe(20);
      for (const id of ["throws", "rejects", "cancels", "hangs"])
        expect(statsOf(id)).toMatchObject({ failed: 1, count: 1 });
      expect(statsOf("hangs")).toMatchObject({ timedOut: 1 });
      expect(warnings).toHaveLength(4);
      await clock.advance(100);
      expect(statsOf("hangs")).toMatchObject({ late: 1, failed: 1 });
    });

    it("conditional: only where the condition holds, and those that depend on it run all the same", () => {
      const { add, run, calls } = setUp();
      add("enrich", { mode: "conditional", condition: ({ data }) => data["premium"] === true });
      add("use", { dependsOn: ["enrich"] });
      expect(outcomes(run({ premium: false }) as HookRun)).toEqual({ enrich: "skipped: condition", use: "continued" });
      void run({ premium: true });
      expect(calls).toEqual(["use", "enrich", "use"]);
    });
  });

  describe("failures", () => {
    it("end the run at before_ points, with the hook, the point and the cause", async () => {
      const { add, run, calls, pointStats } = setUp();
      const cause = new Error("no network");
      add("lookup", {}, () => Promise.reject(cause));
      add("next");
      await expect(run()).rejects.toMatchObject({
        code: "LLMSPELL_E_HOOK_FAILED",
        message: 'The hook "lookup" failed at before_work: no network',
        cause,
      });
      expect(calls).toEqual(["lookup"]);
      expect(pointStats()).toMatchObject({ runs: 1, failed: 1, completed: 0 });
    });

    it("are thrown at once by a synchronous run", () => {
      const { add, run } = setUp();
      add("lookup", {}, () => {
        throw new Error("bug");
      });
      expect(run).toThrow(expect.objectContaining({ code: "LLMSPELL_E_HOOK_FAILED" }));
    });

    it("are passed over elsewhere, with those that depend on the hook, unless they are required", () => {
      const { manager, warnings } = setUp();
      const add = (id: string, settings: Partial<HookDefinition> = {}) =>
        manager.register("after_work", { id, handler: () => undefined, ...settings });
      add("broken", {
        handler: () => {
          throw new Error("bug");
        },
      });
      add("needs", { dependsOn: ["broken"] });
      add("needs_that", { dependsOn: ["needs"] });
      add("guard", { dependsOn: ["broken"], required: true });
      add("free");
      const result = manager.run("after_work", { data: {} }) as HookRun;
      expect(outcomes(result)).toEqual({
        broken: "failed",
        needs: "skipped: dependency",
        needs_that: "skipped: dependency",
        guard: "continued",
        free: "continued",
      });
      expect(warnings).toEqual(['The hook "broken" failed at after_work: bug. The run goes on without it.']);
    });

    it("follow onError where it is given", () => {
      const { add, run } = setUp();
      add("a", { onError: "skip" }, () => {
        throw new Error("bug");
      });
      expect(run()).toMatchObject({ status: "completed" });
    });

    it("include a condition that throws", () => {
      const { add, run } = setUp();
      add("a", {
        condition: () => {
          throw new Error("no such key");
        },
      });
      expect(run).toThrow("no such key");
    });

    it.each([
      ["a promise", () => Promise.reject(new Error("later"))],
      ["nothing", () => undefined],
      ["a string", () => "yes"],
    ])("include a condition that yields %s instead of true or false", async (_, condition) => {
      const { add, run, calls, statsOf } = setUp();
      add("a", { condition: condition as () => never });
      expect(run).toThrow(
        expect.objectContaining({ cause: expect.objectContaining({ code: "LLMSPELL_E_HOOK_CONDITION" }) }),
      );
      expect(calls).toEqual([]);
      expect(statsOf("a")).toMatchObject({ count: 1, failed: 1 });
    });

    it("include a timeout, after which the hook's signal aborts and its answer is dropped", async () => {
      const { add, run, clock, statsOf } = setUp();
      let signal: AbortSignal | undefined;
      add("slow", { timeout: "50ms", onError: "skip" }, (context) => {
        ({ signal } = context);
        return context.clock.sleep(80).then(() => modify({ n: 1 }));
      });
      add("next");
      const result = await clock.runUntil(Promise.resolve(run()));
      expect(clock.now()).toBe(50);
      expect(result).toMatchObject({ status: "completed", data: {} });
      expect(result.report[0]).toMatchObject({ outcome: "failed", error: { code: "LLMSPELL_E_HOOK_TIMEOUT" } });
      expect(signal?.reason).toMatchObject({ code: "LLMSPELL_E_HOOK_TIMEOUT" });
      await clock.advance(30);
      expect(statsOf("slow")).toMatchObject({ count: 1, failed: 1, timedOut: 1, late: 1, modified: 0, pending: 0 });
    });

    it("leave no timer when the hook answers in time", async () => {
      const { add, run, clock } = setUp();
      add("quick", { timeout: "50ms" }, after(10));
      await clock.runUntil(Promise.resolve(run()));
      expect(clock.pendingTimers).toBe(0);
    });

    it.each([
      ["a string", "text", "a string"],
      ["null", null, "null"],
      ["an unknown kind", { kind: "explode" }, "an object with the keys kind"],
      ["a patch that is no object", { kind: "modify", patch: [1] }, "an object with the keys kind, patch"],
    ])("include an answer that is %s", (_, answer, found) => {
      const { manager } = setUp();
      const handler: () => never = () => answer as never;
      manager.register(POINT, { id: "a", handler });
      expect(() => manager.run(POINT, { data: {} })).toThrow(
        `The hook "a" at before_work must return nothing or an outcome, but it returned ${found}.`,
      );
    });
  });

  describe("conflicts", () => {
    const group = { mode: "parallel" } as const;
    const conflicting = (onConflict: "error" | "first" | "last") => {
      const context = setUp({ onConflict });
      context.add("a", group, async () => modify({ user: { name: "a", a: 1 }, tags: [1] }));
      context.add("b", group, () => modify({ user: { name: "b", b: 1 }, tags: [1] }));
      return context;
    };

    it("fail the run with the path and the hooks", async () => {
      const { run, pointStats } = conflicting("error");
      await expect(run()).rejects.toMatchObject({
        code: "LLMSPELL_E_HOOK_CONFLICT",
        message:
          'The hooks "a" and "b" at before_work set `data.user.name` differently, and neither depends on the other.',
      });
      expect(pointStats()).toMatchObject({ failed: 1, conflicts: 0 });
    });

    it.each([
      ["first", "a"],
      ["last", "b"],
    ] as const)("take the %s where that is chosen, and are counted", async (onConflict, name) => {
      const { run, pointStats } = conflicting(onConflict);
      expect((await run()).data).toEqual({ user: { name, a: 1, b: 1 }, tags: [1] });
      expect(pointStats()).toMatchObject({ completed: 1, conflicts: 1 });
    });

    it("are found between a value and what is set inside it", () => {
      const { add, run } = setUp();
      add("a", group, () => modify({ user: null }));
      add("b", group, () => modify({ user: { name: "b" } }));
      expect(() => run({ user: {} })).toThrow("data.user");
    });
  });

  describe("registration", () => {
    it("is undone by disposing, and plans anew only then", () => {
      const { add, run, calls, manager } = setUp();
      const registration = add("a");
      add("b");
      const plan = manager.plan(POINT);
      void run();
      expect(manager.plan(POINT)).toBe(plan);
      registration[Symbol.dispose]();
      void run();
      registration[Symbol.dispose]();
      expect(calls).toEqual(["a", "b", "b"]);
      expect(manager.plan(POINT)?.hooks.map(({ id }) => id)).toEqual(["b"]);
      expect(manager.points()).toEqual([POINT]);
      expect(manager.plan("elsewhere")).toBeUndefined();
    });

    it.each([
      [{ onError: "Fail" }, "its onError must be one of fail, skip, but it is Fail"],
      [
        { mode: "backgroud" },
        "its mode must be one of synchronous, asynchronous, parallel, background, conditional, but it is backgroud",
      ],
      [{ stream: "whole" }, "its stream must be one of buffer, window, chunk, audit, but it is whole"],
      [{ handler: undefined }, "its handler must be a function, but it is nothing"],
    ])("refuses what only code without types can say: %j", (settings, problem) => {
      const { manager } = setUp();
      const register = () =>
        Reflect.apply(manager.register, manager, [POINT, { id: "a", handler: () => {}, ...settings }]);
      expect(register).toThrow(
        expect.objectContaining({ code: "LLMSPELL_E_HOOK_DEFINITION", message: expect.stringContaining(problem) }),
      );
    });

    it("refuses an id twice, a conditional hook without a condition, and a group outside mode parallel", () => {
      const { add } = setUp();
      add("a");
      expect(() => add("a")).toThrow(expect.objectContaining({ code: "LLMSPELL_E_HOOK_DUPLICATE" }));
      expect(() => add("b", { mode: "conditional" })).toThrow("its mode is conditional, but it has no condition");
      expect(() => add("c", { group: "g" })).toThrow("it has a group, but its mode is not parallel");
      expect(() => add("d", { timeout: "5 sec" })).toThrow(expect.objectContaining({ code: "LLMSPELL_E_DURATION" }));
    });
  });

  describe("a strategy that forgets a hook", () => {
    it("fails the run", () => {
      const manager = new HookManager(
        {},
        {
          strategy: {
            name: "lazy",
            callsInPlanOrder: false,
            awaitsEach: false,
            needsTime: false,
            compile: () => () => undefined,
          },
        },
      );
      manager.register(POINT, { id: "guard", handler: () => undefined });
      expect(() => manager.run(POINT, { data: {} })).toThrow(
        'The hook strategy "lazy" must call and await every hook at before_work, but left out: guard.',
      );
    });
  });

  describe("disposal", () => {
    it("aborts background hooks, waits for them, and runs no more", async () => {
      const { add, run, manager, clock, statsOf } = setUp();
      add("audit", { mode: "background" }, (context) => context.clock.sleep(10_000, context.signal));
      void run();
      await clock.runUntil(manager[Symbol.asyncDispose]());
      expect(clock.now()).toBe(0);
      expect(statsOf("audit")).toMatchObject({ failed: 1, pending: 0 });
      expect(run).toThrow(expect.objectContaining({ code: "LLMSPELL_E_HOOK_DISPOSED" }));
      await manager[Symbol.asyncDispose]();
    });

    it("leaves a hook that does not obey behind, and says so", async () => {
      const { add, run, manager, clock, warnings } = setUp();
      add("deaf", { mode: "background" }, () => new Promise(() => undefined));
      void run();
      await expect(manager.drain(AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
      await clock.runUntil(manager[Symbol.asyncDispose]());
      expect(clock.now()).toBe(1000);
      expect(warnings).toEqual(["1 hook calls do not obey their signal and were left behind."]);
    });
  });
});
