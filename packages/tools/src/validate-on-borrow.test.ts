import { describe, expect, it } from "vitest";
import { echoPool } from "../test/echo-pool.ts";

describe("validateOnBorrow", () => {
  it("checks an instance before it is lent when it was idle for longer, and not again soon after", async () => {
    const checks: number[] = [];
    const { tools, clock, execute } = echoPool(
      { size: { min: 1, max: 1 }, validateOnBorrow: "10s" },
      { check: ({ number }) => void checks.push(number) },
      { healthCheckInterval: "1h" },
    );
    await tools.start();
    await execute();
    await clock.advance(10_000);
    await execute();
    expect(checks).toEqual([]);
    await clock.advance(10_001);
    expect(await execute("late")).toBe("late");
    expect(checks).toEqual([1]);
    await execute();
    expect(checks).toEqual([1]);
    await tools.stop();
  });

  it("retires what fails its check and tries the next one; the caller notices nothing", async () => {
    const served: number[] = [];
    const { tools, clock, execute, stats, warnings } = echoPool(
      { size: { min: 3, max: 3 }, validateOnBorrow: "10s" },
      {
        check: ({ number }) => {
          if (number !== 1) throw new Error("no pulse");
        },
        execute: (_, __, { number }) => void served.push(number),
      },
      { healthCheckInterval: "1h" },
    );
    await tools.start();
    await clock.advance(20_000);
    await execute();
    expect(served).toHaveLength(1);
    await clock.advance(0);
    expect(stats()).toMatchObject({ out: 1, failed: 0, retiredBy: { health: 2 }, instances: 3 });
    expect(warnings).toHaveLength(2);
    await tools.stop();
  });

  it("checks no more at once than callers want, and creates none for those that wait for a check", async () => {
    const gate = Promise.withResolvers<void>();
    const checked: number[] = [];
    const { tools, clock, execute, stats } = echoPool(
      { size: { min: 3, max: 9 }, validateOnBorrow: "10s" },
      {
        check: async ({ number }) => {
          checked.push(number);
          await gate.promise;
        },
      },
      { healthCheckInterval: "1h" },
    );
    await tools.start();
    await clock.advance(20_000);
    const first = execute(1);
    await clock.advance(0);
    expect(checked).toHaveLength(1);
    const second = execute(2);
    await clock.advance(0);
    expect(new Set(checked).size).toBe(2);
    expect(stats()).toMatchObject({ waiting: 2, instances: 3, created: 3 });
    gate.resolve();
    expect(await Promise.all([first, second])).toEqual([1, 2]);
    await tools.stop();
  });

  it("lets nobody wait for a check who can be served by another instance", async () => {
    const { tools, clock, execute, stats } = echoPool(
      { size: { min: 3, max: 3 }, concurrency: 5, validateOnBorrow: "10s" },
      {
        check: () => new Promise(() => undefined),
        execute: (input) => (input === "long" ? clock.sleep(60_000) : input),
      },
      { healthCheckInterval: "1h" },
    );
    await tools.start();
    const long = execute("long");
    await clock.advance(20_000);
    expect(await execute(1)).toBe(1);
    expect(await execute(2)).toBe(2);
    expect(stats()).toMatchObject({ waiting: 0, inFlight: 1 });
    await clock.runUntil(long);
    await tools.stop();
  });

  it("gives up a check that hangs after 5 s, and replaces the instance", async () => {
    const { tools, tool, clock, execute, stats } = echoPool(
      { size: { min: 1, max: 1 }, validateOnBorrow: "10s" },
      { check: () => new Promise(() => undefined) },
      { healthCheckInterval: "1h" },
    );
    await tools.start();
    await clock.advance(20_000);
    const call = execute("patient");
    await clock.advance(4999);
    expect(stats()).toMatchObject({ waiting: 1, retired: 0 });
    expect(await clock.runUntil(call)).toBe("patient");
    expect(clock.now()).toBe(25_000);
    expect(tool.alive.map(({ number }) => number)).toEqual([2]);
    await tools.stop();
  });

  it("is off by default, and where the tool knows no check", async () => {
    const checks: number[] = [];
    const { tools, clock, execute } = echoPool(
      {},
      { check: ({ number }) => void checks.push(number) },
      { healthCheckInterval: "100h" },
    );
    await tools.start();
    await clock.advance(3_600_000);
    await execute();
    expect(checks).toEqual([]);
    await tools.stop();
  });
});
