import { seededRandom, VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { coded, echoPool } from "../test/echo-pool.ts";
import { FakeTool } from "../test/fake-tool.ts";
import { ToolExecutionPool } from "./tool-execution-pool.ts";

function never({ signal }: { readonly signal: AbortSignal }): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

describe("a stop", () => {
  it("tells who waits for the tool to be prepared that the pool stops, as it tells all others", async () => {
    const clock = new VirtualClock();
    const tool = Object.assign(new FakeTool(), { prepare: never });
    const tools = new ToolExecutionPool({ pools: { echo: { tool } } }, { clock, random: seededRandom(1) });
    const refused = [
      expect(tools.start()).rejects.toEqual(coded("LLMSPELL_E_POOL_CLOSED")),
      expect(tools.execute({ pool: "echo", input: 1 })).rejects.toEqual(coded("LLMSPELL_E_POOL_CLOSED")),
    ];
    await clock.advance(10);
    await clock.runUntil(tools.stop());
    await Promise.all(refused);
    expect(tools.stats()["echo"]).toMatchObject({ in: 1, shed: 1, failed: 0, pending: 0 });
    expect(clock.pendingTimers).toBe(0);
  });

  it("waits 10 s for a tool that does not let go, and says so", async () => {
    const { clock, tool, tools, warnings } = echoPool();
    Object.assign(tool, { [Symbol.asyncDispose]: () => new Promise(() => undefined) });
    await tools.start();
    const begin = clock.now();
    await clock.runUntil(tools.stop());
    expect(clock.now() - begin).toBe(10_000);
    expect(warnings.map(({ message }) => message)).toEqual(["A tool could not be disposed."]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("misses no instance that is made in that moment", async () => {
    for (let later = 0; later < 16; later++) {
      const made = Promise.withResolvers<void>();
      const { clock, tool, tools, stats } = echoPool({ size: { min: 1, max: 1 } }, { create: () => made.promise });
      const started = tools.start().catch(() => undefined);
      await clock.advance(10);
      made.resolve();
      for (let turn = 0; turn < later; turn++) await Promise.resolve();
      await clock.runUntil(tools.stop());
      await started;
      // One that was given up comes late, and goes then.
      await clock.advance(1);
      expect({ made: tool.instances.length, alive: tool.alive.length, pending: clock.pendingTimers }).toEqual({
        made: 1,
        alive: 0,
        pending: 0,
      });
      expect(stats()).toMatchObject({ instances: 0, ready: 0 });
    }
  });

  it("is final: a start after it fails, and leaves no timer behind", async () => {
    const { clock, tools } = echoPool();
    await tools.stop();
    await expect(tools.start()).rejects.toEqual(coded("LLMSPELL_E_POOL_CLOSED"));
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("an instance that comes when it was given up", () => {
  it("goes at once", async () => {
    const { clock, tool, tools } = echoPool(
      { size: { min: 1, max: 1 }, creationTimeout: "1s" },
      { create: (_, number) => (number === 1 ? clock.sleep(60_000) : undefined) },
    );
    const failed = expect(tools.start()).rejects.toThrow("its creation took longer than 1000 ms");
    await clock.advance(1000);
    await failed;
    await clock.advance(59_001);
    expect(tool.instances.map(({ number, isDisposed }) => [number, isDisposed])).toEqual([
      [2, false],
      [1, true],
    ]);
    await tools.stop();
  });
});

describe("an instance whose warm-up failed", () => {
  it("counts until it is gone: there are never more than may be", async () => {
    const { clock, tool, tools, execute, stats } = echoPool({
      size: { min: 0, max: 1 },
      acquireTimeout: "3s",
      warmUp: [{ use: { run: async () => Promise.reject(new Error("cold")) }, retries: 0 }],
    });
    let held = 0;
    let most = 0;
    const make = tool.createInstance.bind(tool);
    tool.createInstance = async (context) => {
      const instance = await make(context);
      most = Math.max(most, ++held);
      instance[Symbol.asyncDispose] = async () => {
        await clock.sleep(700);
        held--;
      };
      return instance;
    };
    await tools.start();
    await expect(execute()).rejects.toEqual(coded("LLMSPELL_E_POOL_CREATION"));
    const second = expect(execute()).rejects.toEqual(coded("LLMSPELL_E_POOL_CREATION"));
    await clock.advance(600);
    expect({ held, most, made: tool.instances.length }).toEqual({ held: 1, most: 1, made: 1 });
    await clock.advance(200);
    await second;
    expect({ most, made: tool.instances.length }).toEqual({ most: 1, made: 2 });
    await clock.runUntil(tools.stop());
    expect(held).toBe(0);
    expect(stats()).toMatchObject({ in: 2, failed: 2, pending: 0 });
  });
});
