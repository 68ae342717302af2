import { describe, expect, it } from "vitest";
import { coded, echoPool } from "../test/echo-pool.ts";

describe("the figures of instances", () => {
  it("say what each does, how old it is, and who holds it", async () => {
    const { tools, clock, stats, execute } = echoPool(
      { size: { min: 2, max: 2 } },
      { execute: (input) => (input === "slow" ? clock.sleep(60_000) : undefined) },
    );
    expect(tools.instances("echo")).toEqual([]);
    await tools.start();
    await clock.advance(1000);
    await execute();
    const lease = await tools.acquire("echo");
    await clock.advance(500);
    expect(tools.instances("echo")).toMatchObject([
      { id: "echo-1", state: "ready", inFlight: 0, uses: 0, age: 1500, idle: 1500, leases: [], memory: undefined },
      {
        id: "echo-2",
        state: "busy",
        inFlight: 1,
        uses: 2,
        age: 1500,
        idle: 0,
        leases: [
          {
            age: 500,
            isOverdue: false,
            takenBy: expect.arrayContaining([expect.stringContaining("pool-figures.test.ts")]),
          },
        ],
      },
    ]);
    lease.retire();
    expect(stats().retiredBy).toEqual({
      uses: 0,
      lifetime: 0,
      idle: 0,
      health: 0,
      broken: 0,
      lease: 1,
      memory: 0,
      scaling: 0,
      stop: 0,
    });
    expect(() => tools.instances("ohce")).toThrow(coded("LLMSPELL_E_POOL_UNKNOWN"));
    await tools.stop();
    expect(stats().retiredBy).toMatchObject({ lease: 1, stop: 1 });
  });

  it("know instances that are not there yet", async () => {
    const gate = Promise.withResolvers<void>();
    const { tools, clock } = echoPool({}, { create: () => gate.promise });
    const started = tools.start();
    await clock.advance(1000);
    expect(tools.instances("echo")).toEqual([
      { id: "echo-1", state: "warming", inFlight: 0, uses: 0, age: 0, idle: 0, leases: [], memory: undefined },
    ]);
    gate.resolve();
    await started;
    await tools.stop();
  });
});

describe("a caller who waited in vain", () => {
  it("is told how many instances were busy", async () => {
    const { tools, clock, execute } = echoPool(
      { size: { min: 2, max: 2 }, acquireTimeout: "30s", executionTimeout: "1h" },
      { execute: () => clock.sleep(600_000) },
    );
    await tools.start();
    const calls = [execute(), execute(), execute()];
    const refused = expect(calls[2]).rejects.toMatchObject({
      code: "LLMSPELL_E_POOL_ACQUIRE_TIMEOUT",
      message: 'Tool pool "echo" had no free instance for 30000 ms: 2 of 2 busy.',
    });
    await clock.advance(30_000);
    await refused;
    await clock.runUntil(Promise.all(calls.slice(0, 2)));
    await tools.stop();
  });

  it("is told what is being created, and why the last creation failed", async () => {
    const { tools, clock, execute } = echoPool(
      { size: { min: 1, max: 2 }, acquireTimeout: "10s" },
      {
        create: (_, number) => {
          if (number > 1) throw new Error("no route to host");
        },
        execute: () => clock.sleep(50_000),
      },
    );
    await tools.start();
    const calls = [execute(), execute()];
    const refused = expect(calls[1]).rejects.toMatchObject({
      message:
        'Tool pool "echo" had no free instance for 10000 ms: 1 of 2 busy; last creation failed: no route to host.',
    });
    await clock.advance(10_000);
    await refused;
    await clock.runUntil(Promise.resolve(calls[0]));
    await tools.stop();
  });
});

describe("onProgress", () => {
  it("hears of a call until it is settled; a listener that throws fails nobody", async () => {
    const late = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const { tools, execute } = echoPool(
      {},
      {
        execute: async (_, { onProgress }) => {
          onProgress?.({ progress: 1, total: 2 });
          onProgress?.({ progress: 2, total: 2, message: "done" });
          void late.promise.then(() => {
            onProgress?.({ progress: 3 });
            ended.resolve();
          });
        },
      },
    );
    await tools.start();
    const heard: unknown[] = [];
    await execute("a", { onProgress: (progress) => void heard.push(progress) });
    late.resolve();
    await ended.promise;
    expect(heard).toEqual([
      { progress: 1, total: 2 },
      { progress: 2, total: 2, message: "done" },
    ]);
    const thrower = () => {
      throw new Error("deaf");
    };
    expect(await execute("b", { onProgress: thrower })).toBe("b");
    await tools.stop();
  });

  it("is absent for the tool where nobody listens", async () => {
    const { tools, execute } = echoPool({}, { execute: (_, context) => Object.keys(context).join() });
    await tools.start();
    expect(await execute()).toBe("signal");
    await tools.stop();
  });
});
