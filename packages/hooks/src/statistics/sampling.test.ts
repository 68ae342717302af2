import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { HookManager } from "../hook-manager.ts";
import { modify } from "../hook-outcome.ts";
import { LearnedProfile } from "./learned-profile.ts";
import { readingsOf } from "./readings.ts";

const POINT = "before_work";

function setUp(duration: (call: number) => number, hooks = 1) {
  const clock = new VirtualClock();
  let time = 0;
  let calls = 0;
  let reads = 0;
  const now = () => {
    reads++;
    return time;
  };
  Object.assign(clock, { now });
  const manager = new HookManager({}, { clock });
  for (let index = 0; index < hooks; index++) {
    manager.register(POINT, {
      id: `h${index}`,
      handler: () => {
        time += duration(++calls);
      },
    });
  }
  const run = (count: number) => {
    for (let time = 0; time < count; time++) void manager.run(POINT, { data: {} });
  };
  const measured = () => manager.stats()[0]?.duration.count;
  const hook = () => manager.stats()[0]?.hooks[0];
  return { manager, run, measured, hook, reads: () => reads };
}

describe("the sample of measured runs", () => {
  it("is the first and then one in 64 where hooks are quick", () => {
    const { run, measured, hook, manager } = setUp(() => 0.001);
    run(1);
    expect(measured()).toBe(1);
    run(63);
    expect(measured()).toBe(1);
    run(1);
    expect(measured()).toBe(2);
    run(64 * 10);
    expect([measured(), hook()?.duration.count]).toEqual([12, 12]);
    expect(manager.stats()[0]).toMatchObject({ runs: 705, completed: 705 });
    expect(hook()).toMatchObject({ count: 705, continued: 705 });
  });

  it("is every run where hooks are slow", () => {
    const { run, measured, hook } = setUp(() => 0.02);
    run(100);
    expect([measured(), hook()?.duration.count]).toEqual([100, 100]);
  });

  it("is told by the average of the hooks, not by how many there are", () => {
    const { run, measured } = setUp(() => 0.002, 20);
    run(100);
    expect(measured()).toBe(2);
  });

  it("becomes every run when hooks become slow, as soon as one has been measured, and back again", () => {
    const { run, measured } = setUp((call) => (call > 10 && call <= 100 ? 5 : 0.001));
    run(64);
    expect(measured()).toBe(1);
    run(36);
    expect(measured()).toBe(37);
    // The next is the last that is measured because the one before it was slow.
    run(1);
    expect(measured()).toBe(38);
    run(63);
    expect(measured()).toBe(38);
  });

  it("reads no clock for the others", () => {
    const { run, reads } = setUp(() => 0.001);
    run(1);
    const before = reads();
    run(63);
    expect(reads()).toBe(before);
  });

  it("mixes with the others in figures that add up", async () => {
    const clock = new VirtualClock();
    const manager = new HookManager({}, { clock });
    manager.register(POINT, {
      id: "even",
      handler: ({ data }) => (Number(data["n"]) % 2 === 0 ? modify({ even: true }) : undefined),
    });
    manager.register(POINT, {
      id: "third",
      condition: ({ data }) => Number(data["n"]) % 3 === 0,
      handler: async () => undefined,
    });
    manager.register(POINT, {
      id: "fifth",
      handler: ({ data }) => {
        if (Number(data["n"]) % 5 === 0) throw new Error("broken");
      },
    });
    const runs = Array.from({ length: 300 }, async (_, n) => manager.run(POINT, { data: { n } }));
    await clock.runUntil(Promise.allSettled(runs));
    const [point, even, third, fifth] = readingsOf(manager.stats());
    expect(point).toMatchObject({ in: 300, out: 240, failed: 60, shed: 0, pending: 0 });
    expect(even).toMatchObject({ in: 300, out: 300, details: { modified: 150 } });
    expect(third).toMatchObject({ in: 300, out: 100, shed: 200, details: { skipped_condition: 200 } });
    expect(fifth).toMatchObject({ in: 300, out: 240, failed: 60 });
  });
});

describe("a learned profile", () => {
  it("moves an eighth of the way to each new duration, from what was expected", () => {
    const profile = new LearnedProfile(80);
    expect([profile.duration, profile.successRate]).toEqual([80, 1]);
    profile.learn(160, true);
    expect(profile.duration).toBe(90);
    profile.learn(90, false);
    expect([profile.duration, profile.successRate]).toEqual([90, 7 / 8]);
    for (let call = 0; call < 100; call++) profile.learn(10, true);
    expect(profile.duration).toBeCloseTo(10, 2);
    expect(profile.successRate).toBeCloseTo(1, 4);
  });

  it("begins with the first duration where none was expected, also with one of nothing", () => {
    const profile = new LearnedProfile(0);
    profile.learn(40, true);
    expect(profile.duration).toBe(40);
    const quick = new LearnedProfile(0);
    quick.learn(0, true);
    quick.learn(80, true);
    expect(quick.duration).toBe(10);
  });

  it("shows in the figures of the hook, also of one in the background", async () => {
    const clock = new VirtualClock();
    const manager = new HookManager({}, { clock });
    const slow = { expectedDuration: 80, handler: () => clock.sleep(160) };
    manager.register(POINT, { id: "awaited", ...slow });
    manager.register(POINT, { id: "behind", mode: "background", ...slow });
    await clock.runUntil(Promise.resolve(manager.run(POINT, { data: {} })));
    await clock.runUntil(manager.drain());
    expect(manager.stats()[0]?.hooks.map((hook) => hook.expectedDuration)).toEqual([90, 90]);
  });
});
