import { VirtualClock } from "@llmspell/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { HookManager } from "./hook-manager.ts";
import { modify } from "./hook-outcome.ts";

const POINT = "before_work";
const nothing = () => undefined;

let isMeasured = true;

function setUp() {
  const clock = new VirtualClock();
  const manager = new HookManager({}, { clock });
  if (!isMeasured) {
    using _hook = manager.register(POINT, { id: "spent", handler: nothing });
    void manager.run(POINT, { data: {} });
  }
  const run = () => manager.run(POINT, { data: {} });
  const runs = () => (manager.stats()[0]?.runs ?? 0) - (isMeasured ? 0 : 1);
  const countOf = (id: string) => manager.stats()[0]?.hooks.find((hook) => hook.id === id)?.count;
  return { clock, manager, run, runs, countOf };
}

describe.each([
  ["measured", true],
  ["not measured", false],
])("a change of the hooks while a run goes on, %s", (_, measured) => {
  beforeAll(() => {
    isMeasured = measured;
  });

  it("by a hook that answers at once loses no run from the figures", () => {
    const { manager, run, runs, countOf } = setUp();
    let registered = 0;
    manager.register(POINT, {
      id: "first",
      handler: () => void manager.register(POINT, { id: `more ${registered++}`, handler: nothing }),
    });
    for (let count = 1; count <= 5; count++) {
      expect(run()).toMatchObject({ status: "completed", report: { length: count } });
      expect([runs(), countOf("first")]).toEqual([count, count]);
    }
    expect(countOf("more 0")).toBe(4);
  });

  it("that waits for a promise loses no run from the figures, and does not reach it", async () => {
    const { manager, clock, run, runs, countOf } = setUp();
    manager.register(POINT, { id: "slow", handler: ({ clock }) => clock.sleep(10) });
    const removed = manager.register(POINT, { id: "removed", handler: nothing });
    const running = Promise.all([run(), run(), run()]);
    removed[Symbol.dispose]();
    manager.register(POINT, { id: "added", handler: nothing, priority: 10 });
    const ended = await clock.runUntil(running);
    for (const { report } of ended) expect(report.map(({ hook }) => hook)).toEqual(["slow", "removed"]);
    expect([runs(), countOf("slow"), countOf("added")]).toEqual([3, 3, 0]);
    expect((await clock.runUntil(Promise.resolve(run()))).report.map(({ hook }) => hook)).toEqual(["added", "slow"]);
    expect([runs(), countOf("slow"), countOf("added")]).toEqual([4, 4, 1]);
  });

  it("by a hook that removes itself lets it answer, this once", () => {
    const { manager, run, runs } = setUp();
    const registration = manager.register(POINT, {
      id: "once",
      handler: () => {
        registration[Symbol.dispose]();
        return modify({ n: 1 });
      },
    });
    expect(run()).toMatchObject({ data: { n: 1 } });
    expect(run()).toMatchObject({ data: {}, report: [] });
    expect(runs()).toBe(2);
  });

  it("gives a hook that is registered anew figures of its own", async () => {
    const { manager, clock, run, countOf } = setUp();
    const first = manager.register(POINT, { id: "a", handler: ({ clock }) => clock.sleep(10) });
    const running = run();
    first[Symbol.dispose]();
    manager.register(POINT, { id: "a", handler: nothing });
    first[Symbol.dispose]();
    void run();
    await clock.runUntil(Promise.resolve(running));
    expect(countOf("a")).toBe(1);
  });

  it("by a hook that runs its own point counts both runs", () => {
    const { manager, run, runs, countOf } = setUp();
    let depth = 0;
    manager.register(POINT, {
      id: "again",
      handler: () => {
        if (depth++ < 3) void run();
      },
    });
    manager.register(POINT, { id: "next", handler: nothing });
    expect(run()).toMatchObject({ status: "completed" });
    expect([runs(), countOf("again"), countOf("next")]).toEqual([4, 4, 4]);
  });

  it("by a hook that runs its own point and awaits it counts both runs", async () => {
    const { manager, run, runs, countOf } = setUp();
    let depth = 0;
    manager.register(POINT, {
      id: "again",
      handler: async () => {
        if (depth++ < 3) await run();
      },
    });
    manager.register(POINT, { id: "next", handler: async () => modify({ n: 1 }) });
    expect(await run()).toMatchObject({ status: "completed", data: { n: 1 } });
    expect([runs(), countOf("again"), countOf("next")]).toEqual([4, 4, 4]);
  });
});
