import { VirtualClock } from "@llmspell/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import type { HookDefinition, HookHandler } from "../hook.ts";
import { HookManager } from "../hook-manager.ts";
import { modify } from "../hook-outcome.ts";

const POINT = "after_work";

let isMeasured = true;

function setUp() {
  const clock = new VirtualClock();
  const manager = new HookManager({}, { clock });
  if (!isMeasured) {
    using _hook = manager.register(POINT, { id: "spent", handler: () => undefined });
    void manager.run(POINT, { data: {} });
  }
  const add = (id: string, handler: HookHandler, settings: Partial<HookDefinition> = {}) =>
    manager.register(POINT, { id, handler, timeout: 10, ...settings });
  const run = (signal?: AbortSignal) => clock.runUntil(Promise.resolve(manager.run(POINT, { data: {}, signal })));
  const statsOf = (id: string) => manager.stats()[0]?.hooks.find((hook) => hook.id === id);
  const spent = isMeasured ? 0 : 1;
  return { manager, clock, add, run, statsOf, spent };
}

const modes = ["synchronous", "parallel", "asynchronous", "background"] as const;
const ways = [true, false].flatMap((measured) =>
  modes.map((mode) => [mode, measured ? "measured" : "not measured", mode, measured] as const),
);

describe.each(ways)("a timeout of a hook of mode %s, %s", (_, __, mode, measured) => {
  beforeAll(() => {
    isMeasured = measured;
  });

  it("finds a hook that hangs unresponsive as long as it hangs, and late when it answers after all", async () => {
    const { add, run, clock, statsOf } = setUp();
    add("deaf", ({ clock }) => clock.sleep(50), { mode });
    await run();
    await clock.advance(20);
    expect(statsOf("deaf")).toMatchObject({ count: 1, failed: 1, timedOut: 1, unresponsive: 1, late: 0, pending: 0 });
    await clock.advance(30);
    expect(statsOf("deaf")).toMatchObject({ count: 1, failed: 1, timedOut: 1, unresponsive: 0, late: 1, pending: 0 });
    expect(clock.pendingTimers).toBe(0);
  });

  it("finds a hook that fails of its own late, too", async () => {
    const { add, run, clock, statsOf } = setUp();
    add("deaf", ({ clock }) => clock.sleep(50).then(() => Promise.reject(new Error("broken"))), { mode });
    await run();
    await clock.advance(60);
    expect(statsOf("deaf")).toMatchObject({ failed: 1, unresponsive: 0, late: 1 });
  });

  it("finds a hook that obeys its signal neither", async () => {
    const { add, run, clock, statsOf } = setUp();
    add("good", ({ clock, signal }) => clock.sleep(50, signal), { mode });
    await run();
    await clock.advance(20);
    expect(statsOf("good")).toMatchObject({ count: 1, failed: 1, timedOut: 1, unresponsive: 0, late: 0 });
    expect(clock.pendingTimers).toBe(0);
  });

  it("takes what the platform throws for an aborted signal for obedience", async () => {
    const { add, run, clock, statsOf } = setUp();
    const handler: HookHandler = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")));
      });
    add("good", handler, { mode });
    await run();
    await clock.advance(20);
    expect(statsOf("good")).toMatchObject({ unresponsive: 0, late: 0 });
  });

  it("gives the signal the timeout's error as its reason", async () => {
    const { add, run, clock } = setUp();
    let signal: AbortSignal | undefined;
    add(
      "slow",
      (context) => {
        ({ signal } = context);
        return context.clock.sleep(50);
      },
      { mode },
    );
    await run();
    await clock.advance(20);
    expect(signal?.reason).toMatchObject({ code: "LLMSPELL_E_HOOK_TIMEOUT" });
  });

  it("does not touch a hook whose answer comes in the same moment, before it", async () => {
    const { add, run, clock, statsOf } = setUp();
    add("just", ({ clock }) => clock.sleep(10), { mode });
    await run();
    await clock.advance(20);
    expect(statsOf("just")).toMatchObject({ count: 1, continued: 1, timedOut: 0, late: 0, unresponsive: 0 });
  });

  it("counts once a hook whose listener aborts the caller when the timeout comes", async () => {
    const { add, run, clock, statsOf, manager, spent } = setUp();
    const caller = new AbortController();
    const handler: HookHandler = ({ signal, clock }) => {
      signal.addEventListener("abort", () => caller.abort(new Error("gone")));
      return clock.sleep(50);
    };
    add("quitter", handler, { mode });
    add("next", ({ clock }) => clock.sleep(30), { timeout: undefined });
    await expect(run(caller.signal)).rejects.toThrow("gone");
    await clock.advance(100);
    expect(statsOf("quitter")).toMatchObject({ count: 1, pending: 0, unresponsive: 0, late: 1 });
    expect(statsOf("next")).toMatchObject({ count: 1, pending: 0, skipped: { aborted: 1 } });
    expect(manager.stats()[0]).toMatchObject({ runs: 1 + spent, aborted: 1, failed: 0, pending: 0 });
    expect(clock.pendingTimers).toBe(0);
  });

  it("lets a thenable that calls back more than once answer once", async () => {
    const { add, run, clock, statsOf } = setUp();
    const then = (tell: (value: undefined) => void) => [tell(undefined), tell(undefined)];
    const twice = new Proxy({}, { has: () => true, get: () => then });
    add("twice", () => twice as unknown as Promise<undefined>, { mode });
    await run();
    await clock.advance(20);
    expect(statsOf("twice")).toMatchObject({ count: 1, continued: 1, pending: 0, late: 0 });
  });
});

describe("a run that ends while hooks are awaited", () => {
  it("leaves no hook of it in the figures, whatever these do afterwards", async () => {
    isMeasured = false;
    const { add, clock, statsOf, manager } = setUp();
    const group = { mode: "parallel", timeout: undefined } as const;
    add("obeys", ({ clock, signal }) => clock.sleep(50, signal), group);
    add("late", ({ clock }) => clock.sleep(50).then(() => modify({ late: true })), group);
    add("hangs", () => new Promise(() => undefined), group);
    add("fails", ({ clock }) => clock.sleep(5).then(() => Promise.reject(new Error("broken"))), {
      ...group,
      onError: "fail",
    });
    await expect(clock.runUntil(Promise.resolve(manager.run(POINT, { data: {} })))).rejects.toThrow("broken");
    expect(statsOf("late")).toMatchObject({ unresponsive: 1, late: 0, skipped: { run_ended: 1 } });
    await clock.advance(100);
    expect(statsOf("obeys")).toMatchObject({ count: 1, unresponsive: 0, late: 0, skipped: { run_ended: 1 } });
    expect(statsOf("late")).toMatchObject({ count: 1, unresponsive: 0, late: 1, skipped: { run_ended: 1 } });
    expect(statsOf("hangs")).toMatchObject({ count: 1, unresponsive: 1, late: 0, skipped: { run_ended: 1 } });
  });
});
