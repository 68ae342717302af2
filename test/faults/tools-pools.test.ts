import { seededRandom, VirtualClock } from "@llmspell/testkit";
import { type Tool, ToolExecutionPool, type ToolPoolOptions } from "@llmspell/tools";
import { describe, expect, it } from "vitest";

type WorkingTool = Tool & { readonly alive: Set<number> };

/** A tool whose calls take `service` milliseconds, and whose instances can be asked for their health. */
function workingTool(clock: VirtualClock, service: number, check?: (number: number) => void): WorkingTool {
  const alive = new Set<number>();
  let made = 0;
  return {
    description: "Works for a while.",
    inputSchema: {},
    alive,
    createInstance: async () => {
      const number = ++made;
      alive.add(number);
      return {
        execute: async (input, { signal }) => {
          await clock.sleep(service, signal);
          return input;
        },
        ...(check === undefined ? {} : { check: async () => check(number) }),
        [Symbol.asyncDispose]: async () => void alive.delete(number),
      };
    },
  };
}

function poolOf(clock: VirtualClock, tool: Tool, options: Omit<ToolPoolOptions, "tool">, healthCheckInterval = "1h") {
  const tools = new ToolExecutionPool(
    { pools: { work: { tool, ...options } }, healthCheckInterval },
    { clock, random: seededRandom(5) },
  );
  const stats = () => {
    const figures = tools.stats()["work"];
    if (figures === undefined) throw new Error("There is no pool work.");
    expect(figures.out + figures.shed + figures.failed + figures.pending, "the sums hold").toBe(figures.in);
    return figures;
  };
  return { tools, stats };
}

function tally(outcomes: readonly PromiseSettledResult<unknown>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) {
    const name = outcome.status === "fulfilled" ? "served" : String(Reflect.get(Object(outcome.reason), "code"));
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe("10,000 callers on a pool of two, with a patience of 1 s", () => {
  const CALLERS = 10_000;
  const size = { min: 2, max: 2 };

  it("are served as far as there is time; every other one is told so when its second is over", async () => {
    const clock = new VirtualClock();
    const tool = workingTool(clock, 10);
    const { tools, stats } = poolOf(clock, tool, { size, maxQueue: CALLERS, acquireTimeout: "1s" });
    await tools.start();
    const begin = clock.now();
    const calls = Promise.allSettled(
      Array.from({ length: CALLERS }, (_, input) => tools.execute({ pool: "work", input })),
    );
    expect(clock.pendingTimers, "no timer a caller").toBeLessThan(10);
    await clock.advance(999);
    expect(stats()).toMatchObject({ shed: 0, inFlight: 2 });
    await clock.advance(21);
    expect(tally(await calls)).toEqual({ served: 200, LLMSPELL_E_POOL_ACQUIRE_TIMEOUT: CALLERS - 200 });
    expect(clock.now() - begin).toBe(1020);
    expect(stats()).toMatchObject({ in: CALLERS, out: 200, shed: CALLERS - 200, pending: 0, waiting: 0, inFlight: 0 });
    expect(stats().wait).toMatchObject({ count: 200, max: 990 });
    await tools.stop();
    expect({ alive: tool.alive.size, timers: clock.pendingTimers }).toEqual({ alive: 0, timers: 0 });
  });

  it("are refused at once where the queue is full, and nobody is served twice or forgotten", async () => {
    const clock = new VirtualClock();
    const tool = workingTool(clock, 10);
    const { tools, stats } = poolOf(clock, tool, { size, maxQueue: 50, acquireTimeout: "1s" });
    await tools.start();
    const calls = Promise.allSettled(
      Array.from({ length: CALLERS }, (_, input) => tools.execute({ pool: "work", input })),
    );
    await clock.advance(1020);
    const outcomes = await calls;
    expect(tally(outcomes)).toEqual({ served: 52, LLMSPELL_E_POOL_QUEUE_FULL: CALLERS - 52 });
    const served = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    expect(new Set(served).size).toBe(52);
    expect(stats()).toMatchObject({ in: CALLERS, out: 52, shed: CALLERS - 52, pending: 0 });
    await tools.stop();
  });

  it("starve none of the less urgent: of each priority some are served", async () => {
    const clock = new VirtualClock();
    const tool = workingTool(clock, 1);
    const { tools, stats } = poolOf(clock, tool, { size, maxQueue: CALLERS, acquireTimeout: "1s" });
    await tools.start();
    const priorities = ["critical", "high", "normal", "low"] as const;
    const calls = Array.from({ length: CALLERS }, async (_, input) => {
      const priority = priorities[input % priorities.length] ?? "low";
      await tools.execute({ pool: "work", input }, { priority });
      return priority;
    });
    const settled = Promise.allSettled(calls);
    await clock.advance(1010);
    const served: Record<string, number> = { critical: 0, high: 0, normal: 0, low: 0 };
    for (const outcome of await settled) {
      if (outcome.status === "fulfilled") served[outcome.value] = (served[outcome.value] ?? 0) + 1;
    }
    expect(stats()).toMatchObject({ out: 2000, shed: 8000, pending: 0 });
    for (const priority of ["high", "normal", "low"]) expect(served[priority], priority).toBeGreaterThanOrEqual(15);
    expect(served["critical"]).toBeGreaterThan(1900);
    await tools.stop();
  });
});

describe("a health check that flaps", () => {
  it("costs instances, but no call, and never more instances than there may be", async () => {
    const clock = new VirtualClock();
    const random = seededRandom(11);
    const tool = workingTool(clock, 20, () => {
      if (random() < 0.5) throw new Error("no pulse, this time");
    });
    const { tools, stats } = poolOf(
      clock,
      tool,
      { size: { min: 3, max: 3 }, validateOnBorrow: "50ms", acquireTimeout: "5s" },
      "1s",
    );
    await tools.start();
    const calls: Promise<unknown>[] = [];
    for (let moment = 0; moment < 300; moment++) {
      calls.push(tools.execute({ pool: "work", input: moment }));
      await clock.advance(moment % 10 === 0 ? 200 : 15);
      // One that is retired may still be disposed while its successor waits for its turn.
      expect(tool.alive.size).toBeLessThanOrEqual(3);
    }
    await clock.advance(10_000);
    expect(tally(await Promise.allSettled(calls))).toEqual({ served: 300 });
    expect(stats()).toMatchObject({ in: 300, out: 300, pending: 0, instances: 3 });
    expect(stats().retiredBy.health).toBeGreaterThan(20);
    await tools.stop();
    expect({ alive: tool.alive.size, timers: clock.pendingTimers }).toEqual({ alive: 0, timers: 0 });
  });
});
