import { VirtualClock } from "@llmspell/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import type { HookDefinition, HookHandler } from "./hook.ts";
import { HookManager } from "./hook-manager.ts";
import { modify } from "./hook-outcome.ts";
import type { HookRun } from "./hook-run.ts";

const POINT = "after_work";
const BREAKER = { minimumCalls: 2, openDuration: 100, halfOpenCalls: 1 } as const;

let isMeasured = true;

function setUp() {
  const clock = new VirtualClock();
  const manager = new HookManager({}, { clock });
  if (!isMeasured) {
    using _hook = manager.register(POINT, { id: "spent", handler: () => undefined });
    void manager.run(POINT, { data: {} });
  }
  /** How the hook behaves now. */
  const now: { answer: HookHandler } = { answer: () => undefined };
  const add = (settings: Partial<HookDefinition> = {}) =>
    manager.register(POINT, { id: "hook", handler: (context) => now.answer(context), breaker: BREAKER, ...settings });
  const start = async (data = {}, signal?: AbortSignal) => manager.run(POINT, { data, signal });
  const run = (data = {}) => clock.runUntil(start(data));
  const hook = () => manager.stats()[0]?.hooks.find(({ id }) => id === "hook");
  return { manager, clock, now, add, start, run, hook };
}

const broken: HookHandler = () => Promise.reject(new Error("broken"));
const entryOf = ({ report }: HookRun) => report.find(({ hook }) => hook === "hook");
const taking =
  (delay: number): HookHandler =>
  ({ clock }) =>
    clock.sleep(delay);

describe.each([
  ["measured", true],
  ["not measured", false],
])("a breaker of a hook, %s", (_, measured) => {
  beforeAll(() => {
    isMeasured = measured;
  });

  it("opens when the hook keeps failing, lets it try after a while, and closes when it answers", async () => {
    const { clock, now, add, run, hook } = setUp();
    add();
    now.answer = broken;
    await run();
    expect(hook()?.breaker).toBe("closed");
    await run();
    expect(hook()?.breaker).toBe("open");
    expect(entryOf(await run())).toEqual({ hook: "hook", outcome: "skipped", reason: "breaker" });
    expect(hook()).toMatchObject({ count: 3, failed: 2, skipped: { breaker: 1 } });
    await clock.advance(100);
    expect(hook()?.breaker).toBe("half_open");
    await run();
    expect(hook()).toMatchObject({ breaker: "open", failed: 3 });
    await clock.advance(100);
    now.answer = () => undefined;
    expect(entryOf(await run())).toMatchObject({ outcome: "continued" });
    expect(hook()?.breaker).toBe("closed");
  });

  it.each([
    ["twice what is expected", { expectedDuration: 10 }, 20, 21],
    ["what it says", { expectedDuration: 10, breaker: { ...BREAKER, slowCallDuration: 50 } }, 50, 51],
  ] as const)("takes more than %s for a failure", async (_, settings, good, slow) => {
    const { now, add, run, hook } = setUp();
    add(settings);
    now.answer = taking(good);
    for (let count = 0; count < 4; count++) await run();
    expect(hook()?.breaker).toBe("closed");
    now.answer = taking(slow);
    for (let count = 0; count < 4; count++) await run();
    expect(hook()).toMatchObject({ breaker: "open", continued: 8, failed: 0 });
  });

  it("takes no time for too long where none is expected", async () => {
    const { now, add, run, hook } = setUp();
    add();
    now.answer = taking(100_000);
    for (let count = 0; count < 4; count++) await run();
    expect(hook()?.breaker).toBe("closed");
  });

  it("opens on timeouts", async () => {
    const { now, add, run, hook } = setUp();
    add({ timeout: 5 });
    now.answer = taking(10);
    for (let count = 0; count < 3; count++) await run();
    expect(hook()).toMatchObject({ breaker: "open", timedOut: 2, skipped: { breaker: 1 } });
  });

  it("fails the run, or the hook alone, as it says or else as onError says", async () => {
    const failing = setUp();
    failing.add({ onError: "fail" });
    failing.now.answer = broken;
    for (let count = 0; count < 2; count++) await expect(failing.run()).rejects.toThrow("broken");
    await expect(failing.run()).rejects.toMatchObject({
      code: "LLMSPELL_E_HOOK_FAILED",
      cause: { code: "LLMSPELL_E_HOOK_BREAKER_OPEN" },
    });
    const skipping = setUp();
    skipping.add({ onError: "fail", breaker: { ...BREAKER, whenOpen: "skip" } });
    skipping.now.answer = broken;
    for (let count = 0; count < 2; count++) await expect(skipping.run()).rejects.toThrow("broken");
    expect(entryOf(await skipping.run())).toMatchObject({ outcome: "skipped", reason: "breaker" });
  });

  it("uses the last answer, also a stale one; without one the hook fails", async () => {
    const { clock, now, add, run, hook } = setUp();
    add({
      breaker: { ...BREAKER, whenOpen: "cached" },
      cache: { policy: { lifetimeOf: () => 10 }, key: ["data.user"] },
    });
    now.answer = async () => modify({ n: 1 });
    await run({ user: "a" });
    await clock.advance(20);
    now.answer = broken;
    for (const user of ["x", "y"]) await run({ user });
    expect(hook()?.breaker).toBe("open");
    const known = await run({ user: "a" });
    expect(known.data).toEqual({ user: "a", n: 1 });
    expect(entryOf(known)).toEqual({ hook: "hook", outcome: "modified", isCached: true });
    const unknown = await run({ user: "b" });
    expect(entryOf(unknown)).toMatchObject({ outcome: "failed", error: { code: "LLMSPELL_E_HOOK_BREAKER_OPEN" } });
    expect(hook()).toMatchObject({ cache: { hits: 0, misses: 5, stale: 1 } });
  });

  it("guards background hooks", async () => {
    const { manager, clock, now, add, run, hook } = setUp();
    add({ mode: "background", timeout: 10 });
    now.answer = taking(20);
    for (let count = 0; count < 2; count++) await run();
    await clock.runUntil(manager.drain());
    expect(hook()).toMatchObject({ breaker: "open", timedOut: 2 });
    expect(entryOf(await run())).toMatchObject({ outcome: "skipped", reason: "breaker" });
    await clock.advance(100);
    now.answer = taking(5);
    await run();
    await clock.runUntil(manager.drain());
    expect(hook()).toMatchObject({ breaker: "closed", continued: 1 });
  });
});

describe.each([
  ["measured", true],
  ["not measured", false],
])("a permit for the only trial call, %s", (_, measured) => {
  beforeAll(() => {
    isMeasured = measured;
  });

  /** A point whose breaker lets one call through, to see how it ends. */
  async function halfOpen(settings: Partial<HookDefinition> = {}) {
    const point = setUp();
    point.add(settings);
    point.now.answer = broken;
    for (let count = 0; count < 2; count++) await point.run({ user: count });
    await point.clock.advance(100);
    expect(point.hook()?.breaker).toBe("half_open");
    const isFree = async () => {
      point.now.answer = async () => undefined;
      return entryOf(await point.run({ user: "last" }))?.outcome === "continued" && point.hook()?.breaker === "closed";
    };
    return { ...point, isFree };
  }

  it.each([
    ["hangs", () => new Promise<undefined>(() => undefined)],
    ["answers late", taking(500)],
    ["obeys", ({ clock, signal }) => clock.sleep(500, signal)],
  ] as readonly (readonly [string, HookHandler])[])(
    "is free again when the caller aborts and the hook %s",
    async (_, answer) => {
      const { clock, now, start, isFree } = await halfOpen();
      now.answer = answer;
      const caller = new AbortController();
      const running = start({}, caller.signal);
      caller.abort(new Error("gone"));
      await expect(clock.runUntil(running)).rejects.toThrow("gone");
      await clock.advance(0);
      expect(await isFree()).toBe(true);
    },
  );

  it("is free again when another hook ends the run", async () => {
    const { manager, now, run, isFree } = await halfOpen({ mode: "parallel" });
    now.answer = () => new Promise(() => undefined);
    const other: HookDefinition = { id: "other", mode: "parallel", onError: "fail", handler: broken };
    const registration = manager.register(POINT, other);
    await expect(run()).rejects.toThrow("broken");
    registration[Symbol.dispose]();
    expect(await isFree()).toBe(true);
  });

  it("is free again when the hook aborts the caller itself", async () => {
    const { now, start, isFree } = await halfOpen();
    const caller = new AbortController();
    now.answer = () => caller.abort(new Error("gone"));
    await expect(start({}, caller.signal)).rejects.toThrow("gone");
    expect(await isFree()).toBe(true);
  });

  it("is not taken by a call that a kept answer serves, or that waits for an equal one", async () => {
    const policy = { lifetimeOf: () => 10_000 };
    const breaker = { ...BREAKER, halfOpenCalls: 2 };
    const { clock, now, start, hook } = await halfOpen({ breaker, cache: { policy, key: ["data.user"] } });
    now.answer = taking(10);
    // The second waits for the first, and so has nothing to tell of the hook.
    await clock.runUntil(Promise.all([start({ user: "a" }), start({ user: "a" })]));
    expect(hook()?.breaker).toBe("half_open");
    await clock.runUntil(start({ user: "a" }));
    expect(hook()?.breaker).toBe("half_open");
    await clock.runUntil(start({ user: "b" }));
    expect(hook()?.breaker).toBe("closed");
  });

  it("counts once: a late answer after a timeout closes nothing", async () => {
    const { clock, now, run, hook } = await halfOpen({ timeout: 10 });
    now.answer = taking(50);
    await run();
    expect(hook()?.breaker).toBe("open");
    await clock.advance(60);
    expect(hook()).toMatchObject({ breaker: "open", late: 1 });
  });
});
