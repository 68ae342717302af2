import { type Log, silentLog } from "@llmspell/base";
import { seededRandom, VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { FakeTool, type FakeToolBehaviour } from "../test/fake-tool.ts";
import type { ToolExecutionPoolOptions, ToolPoolOptions } from "./pool-options.ts";
import type { ScalingPolicy, ScalingSnapshot } from "./scaling-policy.ts";
import { ToolExecutionPool } from "./tool-execution-pool.ts";

function setUp(
  pool: Omit<ToolPoolOptions, "tool">,
  behaviour: FakeToolBehaviour = {},
  section: Omit<ToolExecutionPoolOptions, "pools"> = {},
) {
  const clock = new VirtualClock();
  const tool = new FakeTool({ execute: () => clock.sleep(200), ...behaviour });
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (message) => void warnings.push(message) };
  const tools = new ToolExecutionPool(
    { ...section, pools: { echo: { tool, ...pool } } },
    { clock, log, random: seededRandom(1) },
  );
  const stats = () => tools.stats()["echo"];
  const call = () => tools.execute({ pool: "echo", input: 1 });
  return { clock, tool, tools, stats, call, warnings };
}

/** A policy that stays, and remembers what it was asked. */
function watching(rest: Partial<ScalingPolicy> = {}) {
  const snapshots: ScalingSnapshot[] = [];
  const arrivals: number[][] = [];
  const policy: ScalingPolicy = {
    ...rest,
    decide(snapshot) {
      snapshots.push(snapshot);
      arrivals.push(Array.from({ length: snapshot.arrivals.length }, (_, index) => snapshot.arrivals.at(index)));
      return undefined;
    },
  };
  return { policy, snapshots, arrivals };
}

describe("what a scaling policy is told", () => {
  it("comes at its own interval, with the arrivals as far back as it asks", async () => {
    const { policy, snapshots, arrivals } = watching({ interval: 500, arrivalHistory: 1500 });
    const { clock, tools, call } = setUp({ size: { min: 3, max: 3 }, scaling: { use: policy } });
    await tools.start();
    for (const count of [1, 0, 2, 3]) {
      for (let index = 0; index < count; index++) void call();
      await clock.advance(500);
    }
    expect(snapshots.map(({ now }) => now)).toEqual([500, 1000, 1500, 2000]);
    expect(arrivals).toEqual([[1], [1, 0], [1, 0, 2], [0, 2, 3]]);
    expect(snapshots[0]).toMatchObject({ load: 0.4, arrivalRate: 2, serviceTime: 200, longTermServiceTime: 200 });
    expect(snapshots[3]?.idleTimes).toEqual([300, 300, 300]);
    await tools.stop();
  });

  it("comes ten times a second at most", async () => {
    const { policy, snapshots } = watching({ interval: 1 });
    const { clock, tools } = setUp({ scaling: { use: policy } });
    await tools.start();
    await clock.advance(1000);
    expect(snapshots).toHaveLength(10);
    await tools.stop();
  });

  it("includes how long an instance takes from its turn until it is warm", async () => {
    const { policy, snapshots } = watching();
    const clock = new VirtualClock();
    const tool = new FakeTool({ create: () => clock.sleep(400) });
    const warm = { run: () => clock.sleep(200) };
    const tools = new ToolExecutionPool(
      { pools: { echo: { tool, warmUp: [warm], scaling: { use: policy } } } },
      { clock },
    );
    await clock.runUntil(tools.start());
    await clock.advance(1000);
    expect(snapshots.at(-1)?.creationTime).toBe(600);
    await tools.stop();
  });

  it("comes at once when a caller finds none free, where the policy wants that", async () => {
    const { policy, snapshots } = watching({ decidesOnDemand: true });
    const { clock, tools, call } = setUp({ size: { min: 1, max: 2 }, scaling: { use: policy } });
    await tools.start();
    const calls = [call(), call(), call()];
    await clock.advance(10);
    expect(snapshots.map(({ now, waiting }) => [now, waiting])).toEqual([
      [0, 1],
      [0, 2],
    ]);
    await clock.runUntil(Promise.all(calls));
    await tools.stop();
  });
});

describe("the size of a pool", () => {
  it("follows demand where no policy is named, with reasons, and comes down when idle", async () => {
    const { clock, tools, stats, call } = setUp({ size: { min: 1, max: 8 } }, {}, { idleTimeout: "5s" });
    await tools.start();
    const calls = [1, 2, 3].map(() => call());
    await clock.advance(0);
    expect(stats()).toMatchObject({ instances: 3 });
    await clock.runUntil(Promise.all(calls));
    await clock.advance(4000);
    expect(stats()).toMatchObject({ instances: 3 });
    await clock.advance(2000);
    expect(stats()).toMatchObject({ instances: 1 });
    const history = tools.getScalingHistory("echo").map(({ from, to, reason }) => [from, to, reason]);
    expect(history).toEqual([
      [1, 2, "1 waiting"],
      [2, 3, "2 waiting"],
      [3, 1, "2 idle for 5000 ms"],
    ]);
    await tools.stop();
  });

  it("leaves zero for the first caller, whatever the policy says", async () => {
    const { clock, tools, call } = setUp({ size: { min: 0, max: 2 }, scaling: { use: { decide: () => undefined } } });
    await tools.start();
    const served = call();
    await clock.runUntil(served);
    expect(clock.now()).toBe(200);
    await tools.stop();
  });

  it("forgets what callers asked for when none can be created and nobody waits any more", async () => {
    let creations = 0;
    const { clock, tools, call } = setUp(
      { size: { min: 0, max: 4 } },
      {
        create: () => {
          creations++;
          throw new Error("no room");
        },
      },
    );
    await tools.start();
    await expect(call()).rejects.toThrow("no room");
    await clock.advance(60_000);
    expect(creations).toBe(1);
    await tools.stop();
  });

  it("keeps what serves when fewer are wanted while others are being created, and lets those go once they are there", async () => {
    let target = 4;
    const policy: ScalingPolicy = { cooldown: 1000, decide: () => ({ target, reason: "the test wants it" }) };
    let isSlow = false;
    const { clock, tools, stats, call } = setUp(
      { size: { min: 1, max: 4 }, scaling: { use: policy } },
      { create: () => (isSlow ? clock.sleep(1500) : undefined) },
      { maxParallelCreations: 4 },
    );
    await tools.start();
    isSlow = true;
    await clock.advance(1500);
    expect(stats()).toMatchObject({ ready: 1, warming: 3 });
    target = 1;
    await clock.advance(500);
    expect(stats()).toMatchObject({ ready: 1, warming: 3 });
    const served = call();
    await clock.advance(200);
    await served;
    await clock.advance(300);
    expect(stats()).toMatchObject({ instances: 1, ready: 1, retiredBy: { scaling: 3 } });
    await tools.stop();
  });

  it("thinks of who waits when an instance has gone that held the last place, whatever the policy says", async () => {
    const { clock, tool, tools, call, stats } = setUp(
      { size: { min: 0, max: 1 }, scaling: { use: { decide: () => undefined } } },
      {},
      { idleTimeout: "1s" },
    );
    const make = tool.createInstance.bind(tool);
    tool.createInstance = async (context) => {
      const instance = await make(context);
      instance[Symbol.asyncDispose] = () => clock.sleep(700);
      return instance;
    };
    await tools.start();
    await clock.runUntil(call());
    await clock.advance(2000);
    expect(stats()).toMatchObject({ instances: 0, retiredBy: { idle: 1 } });
    const served = call();
    await clock.advance(1000);
    expect(stats()).toMatchObject({ out: 2, created: 2 });
    await served;
    await clock.runUntil(tools.stop());
  });

  it("thinks of who waits again when the pause after a failed creation is over", async () => {
    const { clock, tools, call, stats } = setUp(
      {
        size: { min: 1, max: 2 },
        scaling: {
          use: {
            interval: 3_600_000,
            cooldown: 0,
            decidesOnDemand: true,
            decide: ({ size, waiting }) => ({ target: size + waiting, reason: "somebody waits" }),
          },
        },
      },
      {
        create: (_, number) => {
          if (number === 2) throw new Error("not this one");
        },
        execute: () => clock.sleep(10_000),
      },
    );
    await tools.start();
    const calls = [call(), call()];
    await clock.advance(50);
    expect(stats()).toMatchObject({ instances: 1, waiting: 1, creationFailures: 1 });
    await clock.advance(100);
    expect(stats()).toMatchObject({ instances: 2, waiting: 0 });
    await clock.runUntil(Promise.all(calls));
    await tools.stop();
  });

  it("does not grow above the minimum while the instances hold more memory than they may", async () => {
    const { clock, tool, tools, stats, call, warnings } = setUp(
      { size: { min: 1, max: 4 } },
      { memory: () => 600 },
      { maxPoolMemory: "1000B" },
    );
    await tools.start();
    await clock.runUntil(Promise.all([call(), call()]));
    await clock.advance(8000);
    expect(tool.alive).toHaveLength(1);
    expect(stats()).toMatchObject({ instances: 1, memory: 600 });
    expect(warnings).toEqual([expect.stringContaining("more memory than they may")]);
    await clock.runUntil(Promise.all([call(), call()]));
    expect(stats()).toMatchObject({ created: 3 });
    await tools.stop();
  });

  it("stays where it is when memory is short and the idle ones are gone", async () => {
    const { clock, tools, stats, call } = setUp(
      { size: { min: 1, max: 4 } },
      { memory: () => 600 },
      { maxPoolMemory: "500B" },
    );
    await tools.start();
    await clock.advance(8000);
    const calls = [call(), call(), call()];
    const impatient = tools.acquire("echo", { timeout: "50ms" });
    await Promise.all([expect(impatient).rejects.toThrow("1 of 4 busy; no memory for more."), clock.advance(100)]);
    expect(stats()).toMatchObject({ instances: 1, waiting: 2 });
    await clock.runUntil(Promise.all(calls));
    await tools.stop();
  });
});

it("tells an observer of each call: when it came and how long it ran", async () => {
  const seen: unknown[] = [];
  const { clock, tools, call } = setUp({ size: { min: 1, max: 1 } });
  await tools.start();
  const observing = tools.observe({ called: (...args) => void seen.push(args) });
  await clock.runUntil(Promise.all([call(), call()]));
  observing[Symbol.dispose]();
  await clock.runUntil(call());
  expect(seen).toEqual([
    ["echo", 0, 200],
    ["echo", 0, 200],
  ]);
  await tools.stop();
});
