import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import type { HookDefinition, HookHandler } from "./hook.ts";
import { HookManager } from "./hook-manager.ts";
import { cancel, modify, replace } from "./hook-outcome.ts";

const POINT = "before_work";

function setUp() {
  const clock = new VirtualClock();
  const manager = new HookManager({}, { clock });
  const add = (id: string, handler: HookHandler = () => undefined, settings: Partial<HookDefinition> = {}) =>
    manager.register(POINT, { id, handler, ...settings });
  const run = (signal?: AbortSignal) => manager.run(POINT, { data: {}, signal });
  const settled = async (signal?: AbortSignal) => {
    try {
      return await clock.runUntil(Promise.resolve(run(signal)), 1000);
    } catch (error) {
      return error;
    }
  };
  return { clock, manager, add, run, settled };
}

const slow =
  (delay: number, answer: HookHandler = () => undefined): HookHandler =>
  (context) =>
    context.clock.sleep(delay).then(() => answer(context));

describe("observers of hook points", () => {
  it("are told of runs and calls in order, with what became of them", async () => {
    const { add, manager, settled } = setUp();
    const told: unknown[] = [];
    manager.instrument.beforeRun.tap("test", ({ point }) => void told.push(["run", point]));
    manager.instrument.beforeHook.tap("test", ({ hook }) => void told.push(["call", hook]));
    manager.instrument.afterHook.tap(
      "test",
      ({ hook }, { outcome }, duration) => void told.push(["answer", hook, outcome, duration]),
    );
    manager.instrument.afterRun.tap(
      "test",
      (_, { status, duration, report }) => void told.push(["end", status, duration, report.length]),
    );
    add("quick", () => modify({ n: 1 }));
    add("slow", slow(7));
    add("left_out", undefined, { condition: () => false });
    add("audit", slow(20), { mode: "background" });
    add("stop", () => cancel("no"));
    await settled();
    expect(told).toEqual([
      ["run", POINT],
      ["call", "quick"],
      ["answer", "quick", "modified", 0],
      ["call", "slow"],
      ["answer", "slow", "continued", 7],
      ["call", "audit"],
      ["answer", "audit", "started", 0],
      ["call", "stop"],
      ["answer", "stop", "cancelled", 0],
      ["end", "cancelled", 7, 5],
    ]);
  });

  it("get one object for a run, and one for each call, before and after", async () => {
    const { add, manager, settled } = setUp();
    const runs = new Set<object>();
    const calls = new Set<object>();
    manager.instrument.beforeRun.tap("test", (run) => void runs.add(run));
    manager.instrument.afterRun.tap("test", (run) => void runs.add(run));
    manager.instrument.beforeHook.tap("test", (call) => void calls.add(call).add(call.run));
    manager.instrument.afterHook.tap("test", (call) => void calls.add(call));
    add("a", slow(5));
    add("b", slow(5));
    await settled();
    expect([runs.size, calls.size]).toEqual([1, 3]);
  });

  it("are told of runs that were not measured before they came", async () => {
    const { add, manager, settled } = setUp();
    add("a");
    for (let count = 0; count < 10; count++) await settled();
    let ends = 0;
    manager.instrument.afterRun.tap("test", () => void ends++);
    for (let count = 0; count < 10; count++) await settled();
    expect(ends).toBe(10);
  });
});

describe("an observer that throws", () => {
  const places = ["beforeRun", "beforeHook", "afterHook", "afterRun"] as const;
  const hooks: readonly (readonly [string, HookHandler])[] = [
    ["answers at once", () => undefined],
    ["answers later", slow(5)],
    ["gives the result", () => replace(1)],
    ["gives the result later", slow(5, () => replace(1))],
    ["fails", () => Promise.reject(new Error("broken"))],
  ];
  const cases = places.flatMap((place) => hooks.map(([name, handler]) => [place, name, handler] as const));

  it.each(cases)(
    "in %s of a hook that %s fails the run, which is counted once, as is each hook",
    async (place, _, handler) => {
      const { add, manager, settled, clock } = setUp();
      const fault = new Error("observer");
      const tap = () => {
        throw fault;
      };
      manager.instrument[place].tap("test", tap);
      add("other", slow(3), { mode: "asynchronous" });
      add("audit", slow(3), { mode: "background" });
      add("hook", handler);
      add("last");
      expect(await settled()).toBe(fault);
      await clock.advance(100);
      const [stats] = manager.stats();
      expect(stats).toMatchObject({ runs: 1, failed: 1, pending: 0 });
      for (const hook of stats?.hooks ?? []) {
        expect(hook).toMatchObject({ pending: 0, unresponsive: 0 });
        // A background hook that was never started is skipped as all others are.
        expect([hook.id, hook.count]).toEqual([hook.id, 1]);
      }
      expect(clock.pendingTimers).toBe(0);
    },
  );

  it("in afterRun of an aborted run fails it all the same", async () => {
    const { add, manager, settled, clock } = setUp();
    manager.instrument.afterRun.tap("test", () => {
      throw new Error("observer");
    });
    add("hook", slow(50));
    const caller = new AbortController();
    clock.setTimeout(() => caller.abort(new Error("gone")), 5);
    expect(await settled(caller.signal)).toMatchObject({ message: "observer" });
    expect(manager.stats()[0]).toMatchObject({ runs: 1, pending: 0 });
  });

  it.each(["beforeHook", "afterHook"] as const)("in %s leaves no permit of a breaker behind", async (place) => {
    const { add, manager, settled, clock } = setUp();
    let isBroken = true;
    add(
      "hook",
      async () => {
        if (isBroken) throw new Error("broken");
      },
      { breaker: { minimumCalls: 1, openDuration: 10, halfOpenCalls: 1 }, onError: "skip" },
    );
    await settled();
    expect(manager.stats()[0]?.hooks[0]?.breaker).toBe("open");
    await clock.advance(10);
    isBroken = false;
    let isHarmless = false;
    manager.instrument[place].tap("test", () => {
      if (!isHarmless) throw new Error("observer");
    });
    await settled();
    isHarmless = true;
    await settled();
    expect(manager.stats()[0]?.hooks[0]?.breaker).toBe("closed");
  });
});
