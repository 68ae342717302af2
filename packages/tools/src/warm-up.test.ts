import { type Log, silentLog } from "@llmspell/base";
import { seededRandom, VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { FakeTool } from "../test/fake-tool.ts";
import { toolErrors } from "./errors.ts";
import type { WarmUpChoice } from "./pool-options.ts";
import { ToolExecutionPool } from "./tool-execution-pool.ts";
import type { WarmUp } from "./warm-up.ts";

function setUp(warmUp: readonly WarmUpChoice[]) {
  const clock = new VirtualClock();
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (message) => void warnings.push(message) };
  const tool = new FakeTool();
  const tools = new ToolExecutionPool(
    { pools: { echo: { tool, warmUp, size: { min: 1, max: 1 } } } },
    { clock, log, random: seededRandom(1) },
  );
  return { clock, tool, tools, warnings };
}

function failing(times: number, error: Error = new Error("not yet")): WarmUp & { attempts: number } {
  return {
    attempts: 0,
    async run() {
      this.attempts++;
      if (this.attempts <= times) throw error;
    },
  };
}

describe("a pool's warm-ups", () => {
  it("are done in order on each instance, before it is lent to anybody", async () => {
    const order: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first: WarmUp = {
      async run(instance, { signal }) {
        await instance.execute("a query", { signal });
        order.push("first");
      },
    };
    const second: WarmUp = {
      async run() {
        await gate.promise;
        order.push("second");
      },
    };
    const { clock, tools } = setUp([first, second]);
    const started = tools.start();
    const output = tools.execute({ pool: "echo", input: 1 }).then((result) => {
      order.push("lent");
      return result;
    });
    await clock.advance(100);
    expect(tools.stats()["echo"]).toMatchObject({ warming: 1, ready: 0, waiting: 1 });
    gate.resolve();
    await started;
    expect(await output).toBe(1);
    expect(order).toEqual(["first", "second", "lent"]);
    await tools.stop();
  });

  it("are tried again after growing pauses", async () => {
    const flaky = failing(2);
    const { clock, tools } = setUp([flaky]);
    const started = tools.start();
    await clock.advance(49);
    expect(flaky.attempts).toBe(1);
    await clock.runUntil(started);
    expect(flaky.attempts).toBe(3);
    expect(clock.now()).toBeLessThanOrEqual(300);
    await tools.stop();
  });

  it("fail the creation when they fail for good, and the instance is disposed", async () => {
    const never = failing(Number.POSITIVE_INFINITY);
    const { clock, tool, tools } = setUp([{ use: never, retries: 1 }]);
    const started = expect(tools.start()).rejects.toMatchObject({
      code: "LLMSPELL_E_POOL_CREATION",
      message: expect.stringContaining("not yet"),
      cause: { code: "LLMSPELL_E_POOL_WARM_UP" },
    });
    await clock.advance(200);
    await started;
    expect(tool.instances[0]?.isDisposed).toBe(true);
    await tools.stop();
  });

  it("are not tried again after an error that is final", async () => {
    const final = failing(9, toolErrors.LLMSPELL_E_POOL_UNKNOWN({ pool: "x", pools: [] }));
    const { tools } = setUp([final]);
    await expect(tools.start()).rejects.toMatchObject({ code: "LLMSPELL_E_POOL_CREATION" });
    expect(final.attempts).toBe(1);
    await tools.stop();
  });

  it("may be left undone, with a warning", async () => {
    const { clock, tools, warnings } = setUp([{ use: failing(9), retries: 0, onError: "continue" }]);
    await clock.runUntil(tools.start());
    expect(warnings).toEqual([expect.stringContaining("is lent all the same")]);
    expect(tools.stats()["echo"]).toMatchObject({ created: 1, skippedWarmUps: 1, creationFailures: 0 });
    expect(await tools.execute({ pool: "echo", input: 2 })).toBe(2);
    await tools.stop();
  });

  it("have a time limit each, and are given up when the pool stops", async () => {
    const aborts: unknown[] = [];
    const hanging: WarmUp = {
      run: (_, { signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener("abort", () => {
            aborts.push(signal.reason);
            reject(signal.reason);
          }),
        ),
    };
    const { clock, tools } = setUp([{ use: hanging, timeout: "1s", retries: 0 }]);
    const started = expect(tools.start()).rejects.toThrow("took longer than 1000 ms");
    await clock.advance(1000);
    await started;
    expect(aborts).toHaveLength(1);
    const again = expect(tools.start()).rejects.toMatchObject({ code: "LLMSPELL_E_POOL_CLOSED" });
    await clock.advance(500);
    await tools.stop();
    await again;
    expect(clock.pendingTimers).toBe(0);
  });
});
