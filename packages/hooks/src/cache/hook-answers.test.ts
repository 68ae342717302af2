import { VirtualClock } from "@llmspell/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import type { HookCacheUse, HookDefinition, HookHandler } from "../hook.ts";
import type { HookData } from "../hook-context.ts";
import { HookManager } from "../hook-manager.ts";
import { cancel, modify, replace, retry } from "../hook-outcome.ts";
import type { HookRun } from "../hook-run.ts";

const POINT = "after_work";
const FOREVER: HookCacheUse = { policy: { lifetimeOf: () => Number.POSITIVE_INFINITY }, key: ["data.user"] };

/** What a virtual clock shows at first. */
const STARTED = new VirtualClock().now();

let isMeasured = true;

function setUp() {
  const clock = new VirtualClock();
  const warnings: string[] = [];
  const ignore = () => undefined;
  const log = { debug: ignore, info: ignore, error: ignore, warn: (message: string) => void warnings.push(message) };
  const manager = new HookManager({}, { clock, log });
  if (!isMeasured) {
    using _hook = manager.register(POINT, { id: "spent", handler: ignore });
    void manager.run(POINT, { data: {} });
  }
  let calls = 0;
  const add = (handler: HookHandler, settings: Partial<HookDefinition> = {}) =>
    manager.register(POINT, {
      id: "hook",
      cache: FOREVER,
      handler: (context) => {
        calls++;
        return handler(context);
      },
      ...settings,
    });
  const start = async (data: HookData = {}, signal?: AbortSignal, input?: unknown) =>
    manager.run(POINT, { data, signal, input });
  const run = (data: HookData = {}, input?: unknown) => clock.runUntil(start(data, undefined, input));
  const hook = () => manager.stats()[0]?.hooks.find(({ id }) => id === "hook");
  return { manager, clock, warnings, add, start, run, hook, calls: () => calls };
}

const entryOf = ({ report }: HookRun) => report.find(({ hook }) => hook === "hook");
const later =
  (delay: number, answer: HookHandler = () => modify({ n: 1 })): HookHandler =>
  (context) =>
    context.clock.sleep(delay, context.signal).then(() => answer(context));

describe.each([
  ["measured", true],
  ["not measured", false],
])("kept answers of a hook, %s", (_, measured) => {
  beforeAll(() => {
    isMeasured = measured;
  });

  it("are used again for the same key, marked as cached, and counted", async () => {
    const { add, run, hook, calls } = setUp();
    add(later(5));
    expect(entryOf(await run({ user: "a" }))).toEqual({ hook: "hook", outcome: "modified" });
    const again = await run({ user: "a", other: 1 });
    expect(again.data).toEqual({ user: "a", other: 1, n: 1 });
    expect(entryOf(again)).toEqual({ hook: "hook", outcome: "modified", isCached: true });
    await run({ user: "b" });
    expect(calls()).toBe(2);
    expect(hook()).toMatchObject({ count: 3, modified: 3, cache: { hits: 1, misses: 2, stale: 0 } });
  });

  it("turn stale after their lifetime, and are counted so", async () => {
    const { add, run, clock, hook, calls } = setUp();
    add(() => undefined, { cache: { ...FOREVER, policy: { lifetimeOf: () => 10 } } });
    await run();
    await clock.advance(9);
    expect(entryOf(await run())).toEqual({ hook: "hook", outcome: "continued", isCached: true });
    await clock.advance(1);
    expect(entryOf(await run())).toEqual({ hook: "hook", outcome: "continued" });
    expect([calls(), hook()?.cache]).toEqual([2, { hits: 1, misses: 2, stale: 1 }]);
  });

  it.each([
    ["a cancellation", () => cancel("no")],
    ["a wish to retry", () => retry("again", { delay: 0 })],
    ["an error as result", () => replace(new Error("broken"))],
    ["a result that tells of an error", () => replace({ error: "broken" })],
    ["a failure", () => Promise.reject(new Error("broken"))],
    ["garbage", () => 5 as never],
  ] as readonly (readonly [string, HookHandler])[])("never include %s", async (_, handler) => {
    const { add, run, calls, hook, manager } = setUp();
    add(handler);
    for (let count = 0; count < 3; count++) await run();
    expect([calls(), hook()?.cache?.hits, manager.cacheStats().entries]).toEqual([3, 0, 0]);
  });

  it.each([
    ["paths", ["input.id", "data.user"]],
    ["a function", ({ input, data }) => [(input as { id: number }).id, data["user"]]],
  ] as readonly (readonly [string, HookCacheUse["key"]])[])("are found by %s", async (_, key) => {
    const { add, run, calls } = setUp();
    add(later(1), { cache: { ...FOREVER, key } });
    for (const id of [1, 2])
      for (const user of ["a", "b"]) for (const other of [1, 2]) await run({ user, other }, { id, other });
    expect(calls()).toBe(4);
  });

  it("depend on the whole of input and data unless a key is given", async () => {
    const { add, run, calls } = setUp();
    add(later(1), { cache: { policy: FOREVER.policy } });
    for (const user of ["a", "b", "a"]) for (const id of [1, 2, 1]) await run({ user }, { id });
    expect(calls()).toBe(4);
  });

  it.each([
    ["a key", { ...FOREVER, key: () => (undefined as unknown as { x: 1 }).x }],
    ["a key of what cannot be compared", { ...FOREVER, key: () => () => 1 }],
    ["a lifetime", { ...FOREVER, policy: { lifetimeOf: () => JSON.parse("{") } }],
    ["invalidation keys", { ...FOREVER, policy: { ...FOREVER.policy, invalidationKeysOf: () => JSON.parse("{") } }],
  ] as readonly (readonly [string, HookCacheUse])[])(
    "cannot be kept where %s fails; it is told once, and the hook runs",
    async (_, cache) => {
      const { add, run, calls, warnings, hook } = setUp();
      add(later(1), { cache });
      for (let count = 0; count < 3; count++)
        expect(await run()).toMatchObject({ status: "completed", data: { n: 1 } });
      expect(calls()).toBe(3);
      expect(warnings).toEqual([expect.stringContaining("The answers of the hook after_work.hook cannot be kept")]);
      expect(hook()).toMatchObject({ modified: 3, cache: { hits: 0, misses: 3 } });
    },
  );

  it("cannot be written to, nor through what a run returns", async () => {
    const { add, run } = setUp();
    const result = { list: [1] };
    add(later(1, () => modify({ deep: result })));
    const first = await run({ user: "a" });
    expect(() => (first.data["deep"] as typeof result).list.push(2)).toThrow(TypeError);
    expect(() => result.list.push(2)).toThrow(TypeError);
    expect((await run({ user: "a" })).data["deep"]).toEqual({ list: [1] });
  });

  it("cannot be written to where they replace the result", async () => {
    const { add, run } = setUp();
    const result = { list: [1] };
    add(later(1, () => replace(result)));
    await run();
    const second = await run();
    expect(() => (second as unknown as { result: typeof result }).result.list.push(2)).toThrow(TypeError);
    expect(second).toMatchObject({ status: "replaced", result: { list: [1] }, report: [{ isCached: true }] });
  });

  it("are worked out once for runs at once, which share a failure too", async () => {
    const { add, start, clock, calls, hook } = setUp();
    let isBroken = false;
    add(later(5, () => (isBroken ? (JSON.parse("{") as never) : modify({ n: 1 }))));
    const runs = await clock.runUntil(Promise.all(["a", "a", "a", "b"].map((user) => start({ user }))));
    expect(runs.map(({ data }) => data["n"])).toEqual([1, 1, 1, 1]);
    expect([calls(), hook()?.cache]).toEqual([2, { hits: 2, misses: 2, stale: 0 }]);
    expect(hook()?.duration.count).toBe(2);
    isBroken = true;
    const broken = await clock.runUntil(Promise.all(["c", "c"].map((user) => start({ user }))));
    expect(broken.map((run) => entryOf(run)?.outcome)).toEqual(["failed", "failed"]);
    expect([calls(), hook()?.failed, hook()?.pending]).toEqual([3, 2, 0]);
  });

  it("are worked out anew for those that waited when the caller of the first aborts", async () => {
    const { add, start, clock, calls, hook, manager } = setUp();
    add(later(10));
    const caller = new AbortController();
    const [first, second, third] = [start({}, caller.signal), start(), start()];
    await clock.advance(4);
    caller.abort(new Error("gone"));
    await expect(first).rejects.toThrow("gone");
    const rest = await clock.runUntil(Promise.all([second, third]));
    expect(clock.now()).toBe(14);
    expect(rest.map((run) => entryOf(run)?.outcome)).toEqual(["modified", "modified"]);
    expect(calls()).toBe(2);
    // Only the one that was answered is measured, and without what it waited before.
    expect(hook()?.duration).toMatchObject({ count: 1, max: 10 });
    expect(hook()).toMatchObject({ count: 3, pending: 0, unresponsive: 0, late: 0, cache: { hits: 1, misses: 2 } });
    expect(manager.cacheStats()).toMatchObject({ pending: 0, restarted: 2, entries: 1 });
  });

  it("let go of one that waits for another when its own caller aborts", async () => {
    const { add, start, clock, calls, hook } = setUp();
    add(later(10));
    const caller = new AbortController();
    const [first, second] = [start(), start({}, caller.signal)];
    caller.abort(new Error("gone"));
    await expect(second).rejects.toThrow("gone");
    expect(await clock.runUntil(first)).toMatchObject({ status: "completed", data: { n: 1 } });
    expect([calls(), hook()?.unresponsive, hook()?.late]).toEqual([1, 0, 0]);
  });

  it("share the timeout of the one that works them out, and are not kept from after it", async () => {
    const { add, start, run, clock, calls, hook } = setUp();
    add(({ clock }) => clock.sleep(30).then(() => modify({ n: 1 })), { timeout: 10 });
    const runs = await clock.runUntil(Promise.all([start(), start(), start()]));
    expect(clock.now()).toBe(10);
    for (const each of runs)
      expect(entryOf(each)).toMatchObject({ outcome: "failed", error: { code: "LLMSPELL_E_HOOK_TIMEOUT" } });
    await clock.advance(50);
    expect(hook()).toMatchObject({ failed: 3, late: 1, unresponsive: 0, pending: 0 });
    await run();
    expect(calls()).toBe(2);
    expect(clock.pendingTimers).toBe(1);
  });

  it.each(["repo:1", `${POINT}.hook`])("are forgotten by %s, those that are being worked out too", async (name) => {
    const { add, start, run, clock, calls, manager } = setUp();
    add(later(10), { cache: { ...FOREVER, policy: { ...FOREVER.policy, invalidationKeysOf: () => ["repo:1"] } } });
    await run();
    expect(manager.invalidate(name)).toBe(1);
    const before = start();
    await clock.advance(5);
    expect(manager.invalidate(name)).toBe(0);
    const after = start();
    await clock.runUntil(before);
    expect(manager.cacheStats()).toMatchObject({ outdated: 1, entries: 0 });
    await clock.runUntil(after);
    expect(manager.cacheStats()).toMatchObject({ entries: 1, pending: 0 });
    await run();
    expect(calls()).toBe(3);
    expect(manager.invalidate("something else")).toBe(0);
  });

  it("are not those of a hook that was registered before under the same id", async () => {
    const { add, run } = setUp();
    const first = add(() => modify({ by: 1 }));
    await run();
    first[Symbol.dispose]();
    add(() => modify({ by: 2 }));
    expect((await run()).data).toEqual({ by: 2 });
  });

  it("are reported where looking for them takes longer than the hook", async () => {
    const { add, run, clock, warnings } = setUp();
    let time = 0;
    Object.assign(clock, { now: () => time });
    let user = 0;
    const key = () => {
      time += 2;
      return user++;
    };
    add(
      () => {
        time += 1;
      },
      { cache: { ...FOREVER, key } },
    );
    for (let count = 0; count < 49; count++) await run();
    expect(warnings).toEqual([]);
    for (let count = 0; count < 60; count++) await run();
    expect(warnings).toEqual([
      "The cache of the hook after_work.hook costs more than the hook: a lookup takes 2000.0 µs, the hook 1000.0 µs. " +
        "Name what it reads in `cache.key`, or leave the cache out.",
    ]);
  });

  it("are not reported where looking for them is the quicker, whatever the condition takes", async () => {
    const { add, run, clock, warnings } = setUp();
    let time = 0;
    Object.assign(clock, { now: () => time });
    let user = 0;
    const condition = () => {
      time += 5;
      return true;
    };
    add(
      () => {
        time += 1;
      },
      { cache: { ...FOREVER, key: () => user++ }, condition },
    );
    for (let count = 0; count < 110; count++) await run();
    expect(warnings).toEqual([]);
  });

  it("are not shared by equal calls at once where only one reader can use them", async () => {
    const { clock, add, start, calls, hook } = setUp();
    const streams: ReadableStream[] = [];
    const stream: HookHandler = () => {
      const next = new ReadableStream();
      streams.push(next);
      return replace(next);
    };
    add(later(5, stream));
    const runs = await clock.runUntil(Promise.all([start({ user: "a" }), start({ user: "a" }), start({ user: "a" })]));
    expect(new Set(runs.map((run) => run.status === "replaced" && run.result))).toEqual(new Set(streams));
    expect(streams).toHaveLength(3);
    expect(clock.now() - STARTED).toBe(10);
    expect(calls()).toBe(3);
    expect(hook()).toMatchObject({ count: 3, replaced: 3, cache: { hits: 0, misses: 3, stale: 0 } });
  });

  it("are looked for when the caller aborts from within the key, once and for nothing", async () => {
    const { add, start, hook } = setUp();
    const caller = new AbortController();
    const key = () => {
      caller.abort(new Error("gone"));
      return 1;
    };
    add(later(1), { cache: { ...FOREVER, key } });
    await expect(start({}, caller.signal)).rejects.toThrow("gone");
    expect(hook()).toMatchObject({ count: 1, skipped: { aborted: 1 } });
  });
});
