import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import type { HookDefinition } from "../hook.ts";
import { HookManager } from "../hook-manager.ts";
import { modify } from "../hook-outcome.ts";

const POINT = "after_work";
const MANY = 10_000;
/** As many as the virtual clock can hold timers of. */
const TIMED = 1500;

function setUp(...hooks: readonly HookDefinition[]) {
  const clock = new VirtualClock();
  const manager = new HookManager({}, { clock });
  for (const hook of hooks) manager.register(POINT, hook);
  const start = async (n: number, signal?: AbortSignal) => manager.run(POINT, { data: { n }, signal });
  const hook = (index: number) => manager.stats()[0]?.hooks[index];
  return { clock, manager, start, hook };
}

/** Notes for which run each answer is, and answers with it. */
const echo = (id: string, delay: (n: number) => number, settings: Partial<HookDefinition> = {}): HookDefinition => ({
  id,
  mode: "parallel",
  handler: async ({ data, clock }) => {
    await clock.sleep(delay(Number(data["n"])));
    return modify({ [id]: data["n"] });
  },
  ...settings,
});

describe("many runs at once", () => {
  it("get each their own answers, in whatever order these come", async () => {
    const { clock, manager, start, hook } = setUp(
      echo("a", (n) => (n * 7) % 13),
      echo("b", (n) => (n * 5) % 11),
      echo("c", (n) => (n * 3) % 7, { mode: "synchronous" }),
    );
    const runs = await clock.runUntil(Promise.all(Array.from({ length: TIMED }, (_, n) => start(n))));
    expect(runs.filter(({ data }, n) => data["a"] !== n || data["b"] !== n || data["c"] !== n)).toEqual([]);
    expect(manager.stats()[0]).toMatchObject({ runs: TIMED, completed: TIMED, pending: 0 });
    expect(hook(0)).toMatchObject({ count: TIMED, modified: TIMED, pending: 0 });
  });

  it("of hooks that answer with nothing are counted, each once", async () => {
    const { manager, start, hook } = setUp(
      { id: "a", handler: async () => undefined },
      { id: "b", handler: () => undefined },
    );
    await Promise.all(Array.from({ length: MANY }, (_, n) => start(n)));
    expect(manager.stats()[0]).toMatchObject({ runs: MANY, completed: MANY, pending: 0 });
    expect([hook(0)?.count, hook(1)?.count]).toEqual([MANY, MANY]);
  });

  it("share one signal, and all end by it", async () => {
    const { clock, manager, start, hook } = setUp(echo("a", () => 100));
    const caller = new AbortController();
    const runs = Promise.allSettled(Array.from({ length: TIMED }, (_, n) => start(n, caller.signal)));
    await clock.advance(1);
    caller.abort(new Error("gone"));
    expect((await runs).every(({ status }) => status === "rejected")).toBe(true);
    expect(hook(0)).toMatchObject({ count: TIMED, unresponsive: TIMED, pending: 0 });
    await clock.advance(200);
    expect(hook(0)).toMatchObject({ count: TIMED, unresponsive: 0, late: TIMED });
    expect(manager.stats()[0]).toMatchObject({ aborted: TIMED, pending: 0 });
  });
});

describe("an answer that comes after its run", () => {
  it("never reaches another run, also of the same hook at the same time", async () => {
    const { clock, start, hook } = setUp(
      echo("slow", (n) => (n < 10 ? 50 : 60)),
      echo("quick", () => 20),
    );
    const caller = new AbortController();
    const ended = Promise.allSettled(Array.from({ length: 10 }, (_, n) => start(n, caller.signal)));
    await clock.advance(10);
    caller.abort(new Error("gone"));
    await ended;
    const others = Array.from({ length: 100 }, (_, n) => start(n + 10));
    const runs = await clock.runUntil(Promise.all(others));
    expect(clock.now()).toBe(70);
    for (const [index, { data }] of runs.entries()) {
      expect(data).toEqual({ n: index + 10, slow: index + 10, quick: index + 10 });
    }
    // The first of all is measured, and needs no more than the others.
    expect(hook(0)).toMatchObject({ count: 110, late: 10, unresponsive: 0, modified: 100 });
  });
});

describe("disposal", () => {
  it("waits for all that is left of ended runs, and leaves no timer", async () => {
    const { clock, manager, start } = setUp(echo("slow", () => 300, { timeout: 10 }));
    await clock.runUntil(start(1));
    const disposed = manager[Symbol.asyncDispose]();
    let isDisposed = false;
    void disposed.then(() => {
      isDisposed = true;
    });
    await clock.advance(280);
    expect(isDisposed).toBe(false);
    await clock.advance(20);
    expect([isDisposed, clock.pendingTimers]).toEqual([true, 0]);
  });

  it("tells background hooks to stop, also those with a timeout", async () => {
    const { clock, manager, start, hook } = setUp({
      id: "audit",
      mode: "background",
      timeout: 5000,
      handler: ({ clock, signal }) => clock.sleep(1000, signal),
    });
    await start(1);
    await clock.runUntil(manager[Symbol.asyncDispose]());
    expect([clock.now(), clock.pendingTimers]).toEqual([0, 0]);
    expect(hook(0)).toMatchObject({ count: 1, failed: 1, timedOut: 0, pending: 0, unresponsive: 0 });
  });
});
