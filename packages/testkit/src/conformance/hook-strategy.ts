import { type HookContext, type HookStrategy, modify } from "@llmspell/hooks";
import { describe, expect, it } from "vitest";
import { describeEndings } from "./hook-strategy/endings.ts";
import { describeFaults } from "./hook-strategy/faults.ts";
import { describeRandomHooks } from "./hook-strategy/random-hooks.ts";
import { POINT, reported, setUp } from "./hook-strategy/trial.ts";

const HOUR = 3_600_000;

/**
 * What every hook strategy must do, whatever it decides: hooks wait for those they depend on, each is accounted for
 * exactly once, required ones always run, nothing starts after a run has ended, a hook that goes wrong harms no more than
 * it may, and a run needs no promise when no hook does. All of it both in runs that are measured and in those that are not.
 *
 * @param create makes a strategy for one test
 */
export function describeHookStrategy(name: string, create: () => HookStrategy): void {
  describe(`hook strategy ${name}`, () => {
    it("has a name", () => {
      expect(create().name).toBe(name);
    });

    describe.each([
      ["in a run that is measured", true],
      ["in a run that is not measured", false],
    ])("%s", (_, isMeasured) => {
      describeRuns(create, isMeasured);
      describeEndings(create, isMeasured);
      describeFaults(create, isMeasured);
      describeRandomHooks(create, isMeasured);
    });
  });
}

function describeRuns(create: () => HookStrategy, isMeasured: boolean): void {
  it("completes a point whose hooks have all been removed", () => {
    const { manager, add } = setUp(create(), isMeasured);
    add("a")[Symbol.dispose]();
    expect(manager.run(POINT, { data: { n: 1 } })).toEqual({ status: "completed", data: { n: 1 }, report: [] });
  });

  it("makes no promise when every hook answers at once", () => {
    const { manager, add } = setUp(create(), isMeasured);
    add("a");
    add("b", { dependsOn: ["a"], handler: () => modify({ b: true }) });
    add("c", { mode: "parallel" });
    add("d", { mode: "asynchronous" });
    const run = manager.run(POINT, { data: {} });
    expect(run).not.toBeInstanceOf(Promise);
    expect(run).toMatchObject({ status: "completed", data: { b: true } });
  });

  it("shows a hook what those it depends on have changed", async () => {
    const { add, run } = setUp(create(), isMeasured);
    const seen: unknown[] = [];
    const note = ({ data }: HookContext) => {
      seen.push(data);
    };
    add("last", { dependsOn: ["middle"], handler: note });
    add("middle", { dependsOn: ["first"], handler: () => modify({ a: { y: 2 } }) });
    add("first", { handler: ({ clock }) => clock.sleep(5).then(() => modify({ a: { x: 1 } })) });
    await run();
    expect(seen).toEqual([{ a: { x: 1, y: 2 } }]);
  });

  it("runs required hooks whatever they take, and whatever became of those they depend on", async () => {
    const { add, run, clock } = setUp(create(), isMeasured);
    const anHour = ({ clock: time }: HookContext) => time.sleep(HOUR / 4);
    const refuse = (context: HookContext) => anHour(context).then(() => Promise.reject(new Error("broken")));
    add("base", { handler: anHour, expectedDuration: "15m" });
    add("guard", { handler: anHour, required: true, dependsOn: ["base"], expectedDuration: "15m", priority: -5 });
    add("broken", { handler: refuse, required: true, expectedDuration: "15m" });
    add("last", { handler: anHour, required: true, dependsOn: ["broken"], minDuration: "15m" });
    const end = await run();
    expect("run" in end && reported(end.run)).toEqual({
      base: "continued",
      guard: "continued",
      broken: "failed",
      last: "continued",
    });
    expect(clock.now()).toBeGreaterThanOrEqual(HOUR / 2);
  });

  it("does not wait for background hooks, nor leave them out", async () => {
    const { add, run, clock, manager, outcomes } = setUp(create(), isMeasured);
    add("audit", { mode: "background", handler: (context) => context.clock.sleep(500), expectedDuration: 500 });
    add("work", { handler: (context) => context.clock.sleep(5), expectedDuration: 5 });
    await run();
    expect(clock.now()).toBe(5);
    await clock.runUntil(manager.drain());
    expect(outcomes()).toEqual({ audit: "continued", work: "continued" });
  });

  it("uses a kept answer as if the hook had just given it", async () => {
    const { add, run, started, statsOf } = setUp(create(), isMeasured);
    const handler = async () => modify({ found: 1 });
    add("lookup", { handler, cache: { policy: { lifetimeOf: () => HOUR }, key: ["data.question"] } });
    add("use", { dependsOn: ["lookup"], handler: ({ data }) => modify({ used: data["found"] }) });
    for (const isCached of [undefined, true]) {
      const end = await run({ data: { question: "?" } });
      if (!("run" in end)) throw end.error;
      expect(end.run).toMatchObject({ status: "completed", data: { found: 1, used: 1 } });
      const entry = end.run.report.find(({ hook }) => hook === "lookup");
      expect(entry).toEqual({ hook: "lookup", outcome: "modified", ...(isCached ? { isCached } : {}) });
    }
    expect(started()).toEqual(["lookup", "use", "use"]);
    expect(statsOf("lookup")).toMatchObject({ count: 2, modified: 2, cache: { hits: 1, misses: 1 } });
  });

  it("leaves out a hook whose breaker is open, and those that depend on it", async () => {
    const { add, run, started, statsOf } = setUp(create(), isMeasured);
    const handler = () => Promise.reject(new Error("broken"));
    add("flaky", { handler, breaker: { minimumCalls: 2, threshold: 0.5, openDuration: "1h", whenOpen: "skip" } });
    add("use", { dependsOn: ["flaky"] });
    add("guard", { dependsOn: ["flaky"], required: true });
    const ends = [await run(), await run(), await run()];
    expect(ends.map((end) => "run" in end && reported(end.run)["flaky"])).toEqual([
      "failed",
      "failed",
      "skipped: breaker",
    ]);
    expect(started().filter((id) => id !== "guard")).toEqual(["flaky", "flaky"]);
    expect(statsOf("flaky")).toMatchObject({ count: 3, failed: 2, skipped: { breaker: 1 } });
    expect(statsOf("use")).toMatchObject({ count: 3, skipped: { dependency: 3 } });
    expect(statsOf("guard")).toMatchObject({ count: 3, continued: 3 });
  });

  it("goes on with runs while others have not ended", async () => {
    const { add, manager, clock, statsOf } = setUp(create(), isMeasured);
    add("slow", { handler: (context) => context.clock.sleep(Number(context.input)) });
    add("next", { dependsOn: ["slow"], handler: ({ input }) => modify({ input }) });
    const runs = [30, 10, 20].map((input) => Promise.resolve(manager.run(POINT, { input, data: {} })));
    const results = await clock.runUntil(Promise.all(runs));
    expect(results.map(({ data }) => data["input"])).toEqual([30, 10, 20]);
    expect(statsOf("next")).toMatchObject({ count: 3, modified: 3 });
  });
}
