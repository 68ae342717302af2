import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import type { HookDefinition } from "../hook.ts";
import { HookManager } from "../hook-manager.ts";
import { modify } from "../hook-outcome.ts";
import type { HookStrategy } from "../hook-strategy.ts";

const POINT = "after_work";
const LIMIT = 10;

/** In plan order, each with a limit. */
function limiting(needsTime: boolean): HookStrategy {
  return {
    name: "limiting",
    callsInPlanOrder: true,
    awaitsEach: true,
    needsTime,
    compile({ steps }) {
      return (execution) => {
        let next = 0;
        const proceed = () => {
          while (next < steps.length && execution.callStep(steps[next++] ?? [], proceed, LIMIT));
        };
        proceed();
      };
    },
  };
}

/** A point whose hooks take so long; one run has been measured. */
function setUp(needsTime: boolean, delays: Readonly<Record<string, number>>) {
  const clock = new VirtualClock();
  const manager = new HookManager({}, { clock, strategy: limiting(needsTime) });
  {
    using _hook = manager.register(POINT, { id: "spent", handler: () => undefined });
    void manager.run(POINT, { data: {} });
  }
  const calls: string[] = [];
  for (const [id, delay] of Object.entries(delays)) {
    manager.register(POINT, {
      id,
      handler: async (context) => {
        calls.push(id);
        await context.clock.sleep(delay);
        return modify({ [id]: true });
      },
    });
  }
  const run = () => clock.runUntil(Promise.resolve(manager.run(POINT, { data: {} })));
  return { clock, manager, calls, run };
}

describe("a limit that a strategy gives a call", () => {
  it("skips a hook that has not answered, aborts its signal, and goes on", async () => {
    const { clock, manager, calls, run } = setUp(true, { quick: 5, slow: 50, last: 5 });
    for (let time = 1; time <= 3; time++) {
      const { data, report } = await run();
      expect(data).toEqual({ quick: true, last: true });
      expect(report[1]).toEqual({ hook: "slow", outcome: "skipped", reason: "budget" });
      expect(calls).toHaveLength(3 * time);
      await clock.advance(100);
      expect(clock.pendingTimers).toBe(0);
    }
    expect(manager.stats()[0]?.hooks[1]).toMatchObject({ count: 3, skipped: { budget: 3 }, late: 3, unresponsive: 0 });
  });

  it("never makes a hook be called twice, also where the strategy does not say that it looks at the time", async () => {
    const { calls, run } = setUp(false, { first: 5, next: 5 });
    for (let time = 1; time <= 3; time++) {
      expect((await run()).data).toEqual({ first: true, next: true });
      expect(calls).toHaveLength(2 * time);
    }
  });
});

describe("a breaker of a hook that a limit stops", () => {
  /** Stopped by the limit, with a breaker that has opened and lets one call try. */
  async function trial(settings: Partial<HookDefinition>) {
    const clock = new VirtualClock();
    const manager = new HookManager({}, { clock, strategy: limiting(true) });
    let isBroken = true;
    manager.register(POINT, {
      id: "hook",
      handler: ({ clock: own }) => (isBroken ? Promise.reject(new Error("broken")) : own.sleep(5 * LIMIT)),
      breaker: { minimumCalls: 1, openDuration: 100, halfOpenCalls: 1 },
      ...settings,
    });
    const run = () => clock.runUntil(Promise.resolve(manager.run(POINT, { data: {} })));
    const state = () => manager.stats()[0]?.hooks[0]?.breaker;
    await run();
    await clock.advance(100);
    isBroken = false;
    expect(state()).toBe("half_open");
    expect((await run()).report[0]).toMatchObject({ outcome: "skipped", reason: "budget" });
    return { state, run };
  }

  it("does not close, as nobody knows how the call would have ended, and lets another try", async () => {
    const { state, run } = await trial({});
    expect(state()).toBe("half_open");
    expect((await run()).report[0]).toMatchObject({ outcome: "skipped", reason: "budget" });
  });

  it("opens again where the call was too slow by then", async () => {
    const { state } = await trial({ expectedDuration: LIMIT / 4 });
    expect(state()).toBe("open");
  });
});
