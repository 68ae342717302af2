import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { coded, echoPool } from "../test/echo-pool.ts";
import { FakeTool } from "../test/fake-tool.ts";
import { toolErrors } from "./errors.ts";
import { ToolExecutionPool } from "./tool-execution-pool.ts";

const breaker = { threshold: 0.5, minimumCalls: 4, openDuration: "10s", halfOpenCalls: 2 };
const OPEN = "LLMSPELL_E_POOL_BREAKER_OPEN";

/** A pool with a breaker, whose tool fails as long as it is told to. */
function failingPool(size = { min: 1, max: 1 }) {
  const state = { fails: true };
  const set = echoPool(
    { size, breaker, executionTimeout: "1s", concurrency: 10 },
    {
      execute: async (input, { signal }) => {
        if (input === "hang") await set.clock.sleep(60_000, signal);
        if (state.fails) throw new Error("the service is down");
      },
    },
  );
  return { ...set, state };
}

async function fail({ execute }: Pick<ReturnType<typeof failingPool>, "execute">, times: number): Promise<void> {
  for (let call = 0; call < times; call++) await expect(execute()).rejects.toThrow("the service is down");
}

describe("a pool's breaker", () => {
  it("refuses requests at once when too many calls have failed, and counts them as shed", async () => {
    const pool = failingPool();
    await pool.tools.start();
    expect(pool.stats().breaker).toBe("closed");
    await fail(pool, 4);
    expect(pool.stats().breaker).toBe("open");
    await expect(pool.execute()).rejects.toMatchObject({
      code: OPEN,
      message: 'Tool pool "echo" takes no calls: too many have failed. It makes trial calls in 10000 ms.',
    });
    await expect(pool.tools.acquire("echo")).rejects.toEqual(coded(OPEN));
    expect(pool.stats()).toMatchObject({ in: 6, failed: 4, shed: 2, pending: 0, inFlight: 0 });
    await pool.tools.stop();
  });

  it("lets trial calls through after a while: closes when they succeed, opens again when one fails", async () => {
    const pool = failingPool();
    await pool.tools.start();
    await fail(pool, 4);
    await pool.clock.advance(10_000);
    expect(pool.stats().breaker).toBe("half_open");
    await fail(pool, 1);
    await expect(pool.execute()).rejects.toEqual(coded(OPEN));
    await pool.clock.advance(10_000);
    pool.state.fails = false;
    const trials = await Promise.all([pool.tools.acquire("echo"), pool.tools.acquire("echo")]);
    await expect(pool.execute()).rejects.toMatchObject({
      code: OPEN,
      message: expect.stringContaining("trial calls are under way"),
    });
    for (const trial of trials) trial.release();
    expect(pool.stats().breaker).toBe("closed");
    expect(await pool.execute("fine")).toBe("fine");
    await pool.tools.stop();
  });

  it("counts time-outs and leases that end as unfit, not what callers give up or ask wrongly", async () => {
    const pool = failingPool({ min: 1, max: 1 });
    await pool.tools.start();
    const impatient = Array.from({ length: 8 }, async () => {
      const controller = new AbortController();
      const call = pool.execute("hang", { signal: controller.signal });
      controller.abort(new Error("enough"));
      await expect(call).rejects.toThrow("enough");
    });
    await Promise.all(impatient);
    await pool.clock.advance(0);
    expect(pool.stats()).toMatchObject({ breaker: "closed", shed: 8 });
    const calls = [1, 2, 3].map(() => expect(pool.execute("hang")).rejects.toEqual(coded("LLMSPELL_E_TOOL_TIMEOUT")));
    await pool.clock.advance(1000);
    await Promise.all(calls);
    expect(pool.stats().breaker).toBe("closed");
    (await pool.tools.acquire("echo")).retire();
    expect(pool.stats()).toMatchObject({ breaker: "open", failed: 4 });
    await pool.tools.stop();
  });

  it("is not opened by wrong input, whether the schema or the tool finds it", async () => {
    const { tools, stats, execute } = echoPool(
      { breaker },
      {
        execute: () => {
          throw toolErrors.LLMSPELL_E_TOOL_INPUT({ pool: "echo", problem: "there is no such city" });
        },
      },
    );
    await tools.start();
    for (let call = 0; call < 10; call++) await expect(execute()).rejects.toEqual(coded("LLMSPELL_E_TOOL_INPUT"));
    expect(stats()).toMatchObject({ failed: 10, breaker: "closed" });
    await tools.stop();
    const strict = Object.assign(new FakeTool(), { inputSchema: { type: "string" } });
    await using others = new ToolExecutionPool({ pools: { strict: { tool: strict, breaker } } });
    for (let call = 0; call < 10; call++) {
      const wrong = others.execute({ pool: "strict", input: 1 });
      await expect(wrong).rejects.toEqual(coded("LLMSPELL_E_TOOL_INPUT"));
    }
    expect(others.stats()["strict"]).toMatchObject({ failed: 10, breaker: "closed" });
  });

  it("tells those who wait, too, and gives an instance to nobody", async () => {
    const pool = failingPool();
    await pool.tools.start();
    const held = await Promise.all(Array.from({ length: 10 }, () => pool.tools.acquire("echo")));
    const waiting = Promise.allSettled([pool.execute(), pool.tools.acquire("echo")]);
    for (const lease of held.slice(0, 4)) lease.retire();
    for (const outcome of await waiting) expect(outcome).toMatchObject({ status: "rejected", reason: coded(OPEN) });
    expect(pool.stats()).toMatchObject({ waiting: 0, shed: 2, failed: 4, breaker: "open" });
    for (const lease of held.slice(4)) lease.release();
    await pool.tools.stop();
  });

  it("has the options of every breaker, with the same defaults", () => {
    const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
    const { properties } = read("../../resilience/schemas/circuit-breaker.schema.json");
    expect(read("../schemas/tools-section.schema.json").definitions.breaker.properties).toEqual(properties);
  });

  it("gives a trial's permit back when its caller loses patience before it has an instance", async () => {
    const pool = failingPool();
    await pool.tools.start();
    const held = await Promise.all(Array.from({ length: 10 }, () => pool.tools.acquire("echo")));
    for (const lease of held.splice(0, 4)) lease.retire();
    await pool.clock.advance(10_000);
    const controller = new AbortController();
    const trials = [1, 2].map(() => pool.tools.acquire("echo", { signal: controller.signal }));
    controller.abort(new Error("enough"));
    await Promise.allSettled(trials);
    for (const lease of held) lease.release();
    await pool.clock.advance(0);
    pool.state.fails = false;
    await pool.execute();
    await pool.execute();
    expect(pool.stats().breaker).toBe("closed");
    await pool.tools.stop();
  });
});
