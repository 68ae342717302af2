import { silentLog } from "@llmspell/base";
import { type HookDefinition, HookManager, type HookRun, modify, readingsOf } from "@llmspell/hooks";
import { VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AdaptiveStrategy } from "./adaptive.ts";

const POINT = "after_work";

function setUp(budget?: number) {
  const clock = new VirtualClock();
  const strategy = new AdaptiveStrategy(budget === undefined ? {} : { budget });
  const manager = new HookManager({}, { clock, strategy });
  const calls: string[] = [];
  const durations: Record<string, number> = {};
  /** A hook that takes `duration`, which `durations` may change later, and is expected to. */
  const add = (id: string, duration: number, settings: Partial<HookDefinition> = {}) => {
    durations[id] = duration;
    return manager.register(POINT, {
      id,
      expectedDuration: duration,
      handler: async (context) => {
        calls.push(id);
        await context.clock.sleep(durations[id] ?? 0, context.signal);
      },
      ...settings,
    });
  };
  const run = async () => {
    const start = clock.now();
    calls.length = 0;
    const result = await clock.runUntil(Promise.resolve(manager.run(POINT, { data: {} })));
    return { took: clock.now() - start, outcomes: outcomes(result), data: result.data };
  };
  const statsOf = (id: string) => manager.stats()[0]?.hooks.find((hook) => hook.id === id);
  return { manager, clock, calls, durations, add, run, statsOf };
}

function outcomes({ report }: HookRun): Readonly<Record<string, string>> {
  return Object.fromEntries(
    report.map((entry) => [entry.hook, entry.outcome === "skipped" ? entry.reason : entry.outcome]),
  );
}

describe("the adaptive strategy", () => {
  it("refuses a budget that is no duration", () => {
    expect(() => new AdaptiveStrategy({ budget: "soon" })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_DURATION" }),
    );
  });

  it("goes through the plan in its order while the budget has room for all", async () => {
    const { add, run, calls } = setUp();
    add("slow", 60, { priority: 3 });
    add("quick", 1, { priority: 1 });
    add("middle", 20, { priority: 2 });
    expect(await run()).toMatchObject({ took: 81 });
    expect(calls).toEqual(["slow", "middle", "quick"]);
  });

  it("warns, once for each, of a hook whose failure would end the run and which it leaves out", async () => {
    const clock = new VirtualClock();
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
    const manager = new HookManager({}, { clock, log, strategy: new AdaptiveStrategy({ budget: 10 }) });
    const sleep: HookDefinition["handler"] = ({ clock: time, signal }) => time.sleep(50, signal);
    manager.register(POINT, { id: "guard", onError: "fail", expectedDuration: 50, handler: sleep });
    manager.register(POINT, { id: "extra", onError: "skip", expectedDuration: 50, handler: sleep });
    for (let runs = 0; runs < 2; runs++) await clock.runUntil(Promise.resolve(manager.run(POINT, { data: {} })));
    expect(warnings).toEqual([expect.stringContaining('The hook "guard" at')]);
  });

  it("counts how its budget is used", async () => {
    const { add, run, durations, manager } = setUp();
    add("guard", 50, { required: true });
    await run();
    durations["guard"] = 150;
    await run();
    expect(manager.stats()[0]?.figures).toEqual({ budget: 100, budgetUse: 1, budgetOverruns: 1 });
    expect(readingsOf(manager.stats())[0]?.details).toMatchObject({ budgetUse: 1, budgetOverruns: 1 });
  });

  it("leaves out what brings least for its time, and what depends on it", async () => {
    const { add, run } = setUp();
    add("slow", 90, { priority: 22 });
    add("after_slow", 1, { priority: 21, dependsOn: ["slow"] });
    add("long_after", 50, { priority: 1, dependsOn: ["after_slow"] });
    add("a", 30, { priority: 20 });
    add("b", 30, { priority: 15 });
    add("c", 30, { priority: 10 });
    expect(await run()).toEqual({
      took: 90,
      outcomes: {
        ...{ a: "continued", b: "continued", c: "continued" },
        ...{ slow: "budget", after_slow: "dependency", long_after: "dependency" },
      },
      data: {},
    });
  });

  it("takes what is worth little for the sake of what depends on it", async () => {
    const { add, run } = setUp();
    add("plain", 60, { priority: 40 });
    add("fetch", 50, { priority: 1 });
    add("use", 40, { priority: 90, dependsOn: ["fetch"] });
    expect((await run()).outcomes).toEqual({ plain: "budget", fetch: "continued", use: "continued" });
  });

  it("is not misled by what is worth much for its time, but little in all", async () => {
    const { add, run } = setUp();
    add("large", 100, { priority: 90 });
    add("small", 1, { priority: 2 });
    expect((await run()).outcomes).toEqual({ large: "continued", small: "budget" });
  });

  it("counts a hook for less that often fails", async () => {
    const { add, run, manager } = setUp();
    add("steady", 60, { priority: 9 });
    const handler: HookDefinition["handler"] = async ({ clock }) => {
      await clock.sleep(60);
      throw new Error("unreachable");
    };
    manager.register(POINT, { id: "unreliable", priority: 10, expectedDuration: 60, handler });
    expect((await run()).outcomes).toEqual({ unreliable: "failed", steady: "budget" });
    expect((await run()).outcomes).toEqual({ unreliable: "budget", steady: "continued" });
  });

  it("gives each hook a weight, whatever its priority, and equal ones their turn in the order of the plan", async () => {
    const { add, run, calls } = setUp();
    for (const [id, priority] of Object.entries({ a: -5, b: -5, c: -5, d: 0 })) add(id, 30, { priority });
    expect((await run()).outcomes).toEqual({ a: "continued", b: "continued", c: "budget", d: "continued" });
    expect(calls).toEqual(["d", "a", "b"]);
  });

  it("looks at time alone where no hook has a priority", async () => {
    const { add, run } = setUp();
    add("slow", 90);
    for (const id of ["a", "b", "c"]) add(id, 30);
    expect((await run()).outcomes).toEqual({ slow: "budget", a: "continued", b: "continued", c: "continued" });
  });

  it("gives the best of what was postponed its turn first", async () => {
    const { add, run, durations } = setUp();
    add("first", 60, { priority: 100 });
    add("slow", 80, { priority: 30 });
    add("better", 45, { priority: 25 });
    durations["first"] = 10;
    expect((await run()).outcomes).toEqual({ first: "continued", slow: "budget", better: "continued" });
  });

  it("gives what was postponed its turn when the others are quicker than expected", async () => {
    const { add, run, calls, durations } = setUp();
    add("slow", 90, { priority: 30 });
    add("a", 30, { priority: 20 });
    add("b", 30, { priority: 15 });
    Object.assign(durations, { a: 1, b: 1 });
    expect(await run()).toMatchObject({ took: 92, outcomes: { slow: "continued" } });
    expect(calls).toEqual(["a", "b", "slow"]);
  });

  describe("required hooks", () => {
    it("always run, with all that they depend on, whatever they take", async () => {
      const { add, run } = setUp();
      add("base", 80);
      add("guard", 80, { required: true, dependsOn: ["base"] });
      add("other", 1, { priority: 9 });
      expect(await run()).toMatchObject({
        took: 160,
        outcomes: { base: "continued", guard: "continued", other: "budget" },
      });
    });

    it("keep their place: what stands before one is called before it, or not at all", async () => {
      const { add, run, calls, durations } = setUp(50);
      add("before", 45, { priority: 9 });
      add("guard", 10, { priority: 5, required: true });
      add("after", 1, { priority: 1 });
      expect((await run()).outcomes).toMatchObject({ before: "budget" });
      durations["guard"] = 0;
      await run();
      expect(calls).toEqual(["guard", "after"]);
    });

    it("have time kept free for them", async () => {
      const { add, run, durations } = setUp();
      add("optional", 50, { priority: 9 });
      add("guard", 15, { required: true });
      durations["optional"] = 1000;
      expect(await run()).toMatchObject({ took: 70, outcomes: { optional: "budget", guard: "continued" } });
    });

    it("have no more kept free for them than their timeouts allow them to take", async () => {
      const { add, run, durations } = setUp();
      add("optional", 50, { priority: 9 });
      add("guard", 15, { required: true, timeout: 20 });
      durations["optional"] = 1000;
      expect(await run()).toMatchObject({ took: 95, outcomes: { optional: "budget", guard: "continued" } });
    });

    it("have more kept free for them after the budget was missed for their sake, and less while it is not", async () => {
      const { add, run, durations } = setUp();
      add("optional", 30, { priority: 9 });
      add("guard", 10, { required: true });
      const limit = async () => {
        Object.assign(durations, { optional: 1000 });
        const { took } = await run();
        Object.assign(durations, { optional: 30 });
        return took - (durations["guard"] ?? 0);
      };
      for (let count = 0; count < 20; count++) await run();
      const first = await limit();
      for (let count = 0; count < 200; count++) await run();
      const trusting = await limit();
      expect(trusting).toBeGreaterThan(first);
      // Quick twice for each time that it is slow, so that what is expected of it hardly changes.
      for (let count = 0; count < 5; count++) {
        Object.assign(durations, { optional: 1000, guard: 60 });
        expect((await run()).took).toBeGreaterThan(100);
        Object.assign(durations, { optional: 1, guard: 1 });
        for (let quick = 0; quick < 20; quick++) await run();
      }
      Object.assign(durations, { guard: 10 });
      for (let count = 0; count < 30; count++) await run();
      expect(await limit()).toBeLessThan(trusting);
    });
  });

  describe("hooks that take longer than expected", () => {
    it("are stopped when the budget is over", async () => {
      const { add, run, durations, statsOf } = setUp();
      add("slow", 10);
      durations["slow"] = 1000;
      expect(await run()).toMatchObject({ took: 100, outcomes: { slow: "budget" } });
      expect(statsOf("slow")).toMatchObject({ count: 1, skipped: { budget: 1 }, failed: 0, unresponsive: 0 });
    });

    it("do not take the time of those that bring more for theirs", async () => {
      const { add, run, durations } = setUp();
      add("slow", 50, { priority: 9 });
      add("quick", 10, { priority: 8 });
      durations["slow"] = 1000;
      expect(await run()).toMatchObject({ took: 100, outcomes: { slow: "budget", quick: "continued" } });
    });

    it("shrink the budget by what they take beyond twice their expectation", async () => {
      const { add, run, durations } = setUp();
      add("overrun", 10, { priority: 9 });
      add("last", 40);
      durations["overrun"] = 20;
      expect((await run()).outcomes).toEqual({ overrun: "continued", last: "continued" });
      const second = setUp();
      second.add("overrun", 10, { priority: 9, required: true });
      second.add("last", 40);
      second.durations["overrun"] = 41;
      expect((await second.run()).outcomes).toEqual({ overrun: "continued", last: "budget" });
    });

    it("are left out as long as they do not fit, and tried again in time", async () => {
      const { add, run, durations, statsOf } = setUp();
      add("guard", 30, { required: true, priority: 9 });
      add("moody", 10);
      durations["moody"] = 1000;
      for (let count = 0; count < 20; count++) expect((await run()).took).toBeLessThanOrEqual(100);
      const stopped = statsOf("moody")?.duration.count ?? 0;
      expect(stopped).toBeLessThan(10);
      durations["moody"] = 10;
      for (let count = 0; count < 40; count++) await run();
      expect((await run()).outcomes).toEqual({ guard: "continued", moody: "continued" });
      expect(statsOf("moody")?.expectedDuration).toBeLessThan(15);
    });

    it("are no longer left out once they have been quick, though they are still expected to be slow", async () => {
      const { add, run, calls, durations, statsOf } = setUp();
      add("guard", 60, { required: true, priority: 9 });
      add("recovered", 95);
      durations["recovered"] = 5;
      let runs = 0;
      do {
        await run();
        runs++;
      } while (!calls.includes("recovered"));
      expect(runs).toBeGreaterThan(30);
      expect(runs).toBeLessThan(100);
      for (let count = 0; count < 5; count++) {
        expect(statsOf("recovered")?.expectedDuration).toBeGreaterThan(40);
        await run();
        expect(calls).toContain("recovered");
      }
    });
  });

  it("does not begin what has less left than its minDuration", async () => {
    const { add, run } = setUp();
    add("first", 40, { priority: 9, required: true });
    add("brief", 0, { minDuration: 61 });
    add("fits", 0, { minDuration: 60 });
    expect((await run()).outcomes).toEqual({ first: "continued", brief: "budget", fits: "continued" });
  });

  it("does not count what runs in the background, and always starts it, unless what it depends on was left out", async () => {
    const { add, run, manager, clock } = setUp();
    add("audit", 500, { mode: "background", priority: 9 });
    add("base", 200, { priority: 8 });
    add("trace", 500, { mode: "background", dependsOn: ["base"] });
    add("work", 100);
    expect(await run()).toMatchObject({
      took: 100,
      outcomes: { audit: "started", base: "budget", trace: "dependency", work: "continued" },
    });
    await clock.runUntil(manager.drain());
  });

  it("starts what depends on something postponed after it", async () => {
    const { add, run, manager, clock, durations } = setUp();
    add("base", 80, { priority: 3 });
    add("trace", 5, { mode: "background", priority: 9, dependsOn: ["base"] });
    add("work", 50, { priority: 9 });
    durations["work"] = 1;
    expect((await run()).outcomes).toEqual({ base: "continued", trace: "started", work: "continued" });
    await clock.runUntil(manager.drain());
  });

  it("tries an asynchronous hook that does not fit now and then, and not in every run from then on", async () => {
    const { add, run, statsOf } = setUp();
    add("guard", 50, { required: true, priority: 9 });
    add("slow", 90, { mode: "asynchronous" });
    for (let count = 0; count < 200; count++) expect((await run()).took).toBeLessThanOrEqual(100);
    const { skipped, duration } = statsOf("slow") ?? {};
    expect(skipped?.budget).toBe(200);
    expect(duration?.count).toBeGreaterThan(0);
    expect(duration?.count).toBeLessThan(20);
  });

  it("sees how long a background step had to wait for what it depends on", async () => {
    const { add, run, manager, clock, durations } = setUp();
    add("fetch", 10, { mode: "asynchronous", priority: 9 });
    add("trace", 5, { mode: "background", dependsOn: ["fetch"], priority: 8 });
    add("work", 30);
    durations["fetch"] = 80;
    expect((await run()).outcomes).toEqual({ fetch: "continued", trace: "started", work: "budget" });
    await clock.runUntil(manager.drain());
  });

  describe("parallel groups", () => {
    const group = { mode: "parallel", group: "g" } as const;

    it("take as long as their slowest member", async () => {
      const { add, run } = setUp();
      add("a", 60, group);
      add("b", 70, group);
      add("c", 30);
      expect(await run()).toEqual({
        took: 100,
        outcomes: { a: "continued", b: "continued", c: "continued" },
        data: {},
      });
    });

    it("with a required member run, without members that do not fit", async () => {
      const { add, run, calls, durations } = setUp();
      add("guard", 10, { ...group, required: true });
      add("fits", 90, group);
      add("hangs", 50, group);
      add("slow", 110, group);
      durations["hangs"] = 1000;
      expect(await run()).toEqual({
        took: 100,
        outcomes: { guard: "continued", fits: "continued", hangs: "budget", slow: "budget" },
        data: {},
      });
      expect(calls).toEqual(["guard", "fits", "hangs"]);
    });
  });

  it("keeps any budget whatever hooks do that are not required, and runs those that are", async () => {
    await fc.assert(
      fc.asyncProperty(randomHooks, fc.integer({ min: 0, max: 300 }), async (hooks, budget) => {
        const { add, run, durations, manager, clock } = setUp(budget);
        for (const [place, { expected, takes, links, ...settings }] of hooks.entries()) {
          const dependsOn = place === 0 ? [] : links.map((link) => link % place);
          const isAwaited = (link: number) => hooks[link]?.mode !== "background";
          add(`h${place}`, expected, { ...settings, dependsOn: dependsOn.filter(isAwaited).map((link) => `h${link}`) });
          durations[`h${place}`] = takes;
        }
        for (let count = 0; count < 3; count++) {
          const { took, outcomes } = await run();
          for (const [place, { required }] of hooks.entries()) {
            if (required) expect(["continued", "started"]).toContain(outcomes[`h${place}`]);
          }
          if (hooks.every(({ required }) => !required)) expect(took).toBeLessThanOrEqual(budget);
          await clock.runUntil(manager.drain());
        }
      }),
      { numRuns: 60 },
    );
  });

  it("awaits asynchronous hooks in the budget too, and counts on those that others wait for", async () => {
    const { manager, add, run, durations } = setUp();
    add("fetch", 60, { mode: "asynchronous", priority: 9 });
    add("meanwhile", 35, { priority: 8 });
    manager.register(POINT, {
      id: "use",
      priority: 7,
      expectedDuration: 50,
      dependsOn: ["fetch"],
      handler: async (context) => {
        await context.clock.sleep(50);
        return modify({ used: true });
      },
    });
    expect(await run()).toMatchObject({ took: 60, outcomes: { fetch: "continued", use: "budget" } });
    durations["fetch"] = 1000;
    expect((await run()).took).toBeLessThanOrEqual(100);
  });
});

interface RandomHook extends Pick<HookDefinition, "mode" | "required" | "priority"> {
  readonly links: readonly number[];
  /** Milliseconds. */
  readonly expected: number;
  /** Milliseconds. */
  readonly takes: number;
}

const randomHooks: fc.Arbitrary<readonly RandomHook[]> = fc.boolean().chain((hasRequired) =>
  fc.array(
    fc.record({
      mode: fc.constantFrom("synchronous", "parallel", "background"),
      required: fc.nat(7).map((draw) => hasRequired && draw === 0),
      priority: fc.integer({ min: -3, max: 9 }),
      links: fc.array(fc.nat(), { maxLength: 2, size: "max" }),
      expected: fc.nat(60),
      takes: fc.oneof(fc.nat(60), fc.nat(600)),
    }),
    { minLength: 1, maxLength: 40, size: "max" },
  ),
);
