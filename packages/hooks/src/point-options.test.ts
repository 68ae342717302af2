import { parallelStrategy } from "@llmspell/plugin-hook-strategies";
import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { HookManager } from "./hook-manager.ts";
import { modify } from "./hook-outcome.ts";

describe("what holds for single points", () => {
  it("is the strategy: elsewhere that of all points", async () => {
    const clock = new VirtualClock();
    const manager = new HookManager({}, { clock, pointStrategies: { at_once: parallelStrategy } });
    const durations: number[] = [];
    for (const point of ["at_once", "in_order"]) {
      for (const id of ["a", "b"]) manager.register(point, { id, handler: ({ clock }) => clock.sleep(10) });
      const start = clock.now();
      await clock.runUntil(Promise.resolve(manager.run(point, { data: {} })));
      durations.push(clock.now() - start);
    }
    expect(durations).toEqual([10, 20]);
  });

  it("is what becomes of conflicts: elsewhere what is said for all points", async () => {
    const options = {
      onConflict: "first",
      pointOptions: { last: { onConflict: "last" }, error: { onConflict: "error" } },
    } as const;
    const manager = new HookManager(options, { clock: new VirtualClock() });
    for (const point of ["last", "error", "other"]) {
      for (const id of ["a", "b"]) manager.register(point, { id, mode: "parallel", handler: () => modify({ by: id }) });
    }
    expect(await manager.run("last", { data: {} })).toMatchObject({ data: { by: "b" } });
    expect(await manager.run("other", { data: {} })).toMatchObject({ data: { by: "a" } });
    expect(() => manager.run("error", { data: {} })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_HOOK_CONFLICT" }),
    );
    expect(manager.stats().map(({ point, conflicts, failed }) => [point, conflicts, failed])).toEqual([
      ["last", 1, 0],
      ["error", 0, 1],
      ["other", 1, 0],
    ]);
  });

  it("is the deadline: elsewhere there is none", async () => {
    const clock = new VirtualClock();
    const manager = new HookManager({ pointOptions: { after_short: { deadline: "20ms" } } }, { clock });
    for (const point of ["after_short", "after_long"]) {
      manager.register(point, { id: "slow", handler: ({ clock, signal }) => clock.sleep(500, signal) });
      await clock.runUntil(Promise.resolve(manager.run(point, { data: {} })));
    }
    expect(clock.now()).toBe(520);
    expect(manager.stats().map(({ overdue }) => overdue)).toEqual([1, 0]);
  });

  it("does not hold for another point, and a bad deadline is refused with the first hook", () => {
    const manager = new HookManager({ pointOptions: { bad: { deadline: "soon" } } }, { clock: new VirtualClock() });
    manager.register("good", { id: "a", handler: () => undefined });
    expect(() => manager.register("bad", { id: "a", handler: () => undefined })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_DURATION" }),
    );
  });
});
