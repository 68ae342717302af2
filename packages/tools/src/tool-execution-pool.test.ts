import { silentLog } from "@llmspell/base";
import { type LoadBalancer, RoundRobin } from "@llmspell/resilience";
import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { coded, echoPool } from "../test/echo-pool.ts";
import { FakeTool } from "../test/fake-tool.ts";
import { ToolExecutionPool } from "./tool-execution-pool.ts";

describe("ToolExecutionPool", () => {
  it("warms its minimum at start, and lends an instance only when it is ready", async () => {
    const gate = Promise.withResolvers<void>();
    const { tools, stats, clock, execute } = echoPool({ size: { min: 2, max: 2 } }, { create: () => gate.promise });
    const started = tools.start();
    const output = execute("hello");
    await clock.advance(0);
    expect(stats()).toMatchObject({ warming: 2, ready: 0, waiting: 1, out: 0 });
    gate.resolve();
    await started;
    expect(await output).toBe("hello");
    expect(stats()).toMatchObject({ in: 1, out: 1, pending: 0, instances: 2, ready: 2, created: 2 });
    await tools.stop();
  });

  it("grows for callers that find no instance free, up to its maximum", async () => {
    const { tools, tool, clock, execute, stats } = echoPool(
      { size: { min: 0, max: 3 } },
      { execute: () => clock.sleep(100) },
    );
    const calls = [1, 2, 3, 4, 5].map((input) => execute(input));
    await clock.advance(0);
    expect(stats()).toMatchObject({ busy: 3, waiting: 2 });
    await clock.runUntil(Promise.all(calls));
    expect(tool.instances).toHaveLength(3);
    expect(stats().wait.max).toBe(100);
    await tools.stop();
    expect(tool.alive).toHaveLength(0);
  });

  it("gives an instance as many calls at once as its concurrency, and no more", async () => {
    const { tools, tool, clock, execute, stats } = echoPool(
      { size: { min: 1, max: 1 }, concurrency: 3 },
      { execute: () => clock.sleep(10) },
    );
    const calls = Array.from({ length: 7 }, (_, input) => execute(input));
    await clock.advance(0);
    expect(stats()).toMatchObject({ busy: 1, inFlight: 3, waiting: 4, utilization: 1 });
    await clock.runUntil(Promise.all(calls));
    expect(tool.instances[0]?.mostInFlight).toBe(3);
    expect(clock.now()).toBe(30);
    await tools.stop();
  });

  it("serves who waits by priority, and in the order of arrival within one", async () => {
    const order: unknown[] = [];
    const { tools, clock, execute } = echoPool(
      { size: { min: 1, max: 1 } },
      {
        execute: async (input) => {
          order.push(input);
          await clock.sleep(1);
        },
      },
    );
    await tools.start();
    const calls = [
      execute("first"),
      execute("low", { priority: "low" }),
      execute("normal 1"),
      execute("critical", { priority: "critical" }),
      execute("normal 2"),
      execute("high", { priority: "high" }),
    ];
    await clock.runUntil(Promise.all(calls));
    expect(order).toEqual(["first", "critical", "high", "normal 1", "normal 2", "low"]);
    await tools.stop();
  });

  it("refuses who would wait in a full queue, and counts it", async () => {
    const { tools, clock, execute, stats } = echoPool(
      { size: { min: 1, max: 1 }, maxQueue: 1 },
      { execute: () => clock.sleep(5) },
    );
    await tools.start();
    const served = [execute(), execute()];
    await expect(execute()).rejects.toEqual(coded("LLMSPELL_E_POOL_QUEUE_FULL"));
    await clock.runUntil(Promise.all(served));
    expect(stats()).toMatchObject({ in: 3, out: 2, shed: 1, pending: 0 });
    await tools.stop();
  });

  it("ends a wait at its deadline, on one timer for all, and a call at its own", async () => {
    const { tools, clock, execute, stats } = echoPool(
      { size: { min: 1, max: 1 }, acquireTimeout: "50ms", executionTimeout: "80ms" },
      { execute: (_, { signal }) => clock.sleep(1000, signal) },
    );
    await tools.start();
    const calls = Promise.allSettled(Array.from({ length: 100 }, () => execute()));
    await clock.advance(49);
    expect(clock.pendingTimers).toBeLessThanOrEqual(4);
    expect(stats().shed).toBe(0);
    await clock.advance(1);
    expect(stats()).toMatchObject({ shed: 99, pending: 1 });
    const [first, second] = await clock.runUntil(calls);
    expect(first).toMatchObject({ status: "rejected", reason: coded("LLMSPELL_E_TOOL_TIMEOUT") });
    expect(second).toMatchObject({ status: "rejected", reason: coded("LLMSPELL_E_POOL_ACQUIRE_TIMEOUT") });
    expect(stats()).toMatchObject({ failed: 1, shed: 99, pending: 0, ready: 1 });
    await tools.stop();
  });

  it("lets a caller give up while it waits and while it runs; both get the signal's reason", async () => {
    const { tools, clock, execute, stats } = echoPool(
      { size: { min: 1, max: 1 } },
      { execute: (_, { signal }) => clock.sleep(1000, signal) },
    );
    await tools.start();
    const controller = new AbortController();
    const running = execute(1, { signal: controller.signal });
    const waiting = execute(2, { signal: controller.signal });
    await clock.advance(1);
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(execute(3, { signal: controller.signal })).rejects.toBe(reason);
    expect(stats()).toMatchObject({ in: 3, shed: 3, waiting: 0, ready: 1 });
    await tools.stop();
  });

  it("keeps an instance taken until a call that was given up has really ended", async () => {
    const end = Promise.withResolvers<void>();
    const { tools, clock, execute, stats } = echoPool(
      { size: { min: 1, max: 1 }, executionTimeout: "10ms" },
      { execute: () => end.promise },
    );
    await tools.start();
    const call = expect(execute()).rejects.toEqual(coded("LLMSPELL_E_TOOL_TIMEOUT"));
    await clock.advance(10);
    await call;
    expect(stats()).toMatchObject({ failed: 1, pending: 0, busy: 1 });
    end.resolve();
    await clock.advance(0);
    expect(stats()).toMatchObject({ busy: 0, ready: 1 });
    await tools.stop();
  });

  it("fails who waits, with the cause, when no instance can come, and tries again later", async () => {
    let isDown = true;
    const { tools, clock, execute, stats } = echoPool(
      { size: { min: 0, max: 2 } },
      {
        create: () => {
          if (isDown) throw new Error("no route to host");
        },
      },
    );
    await expect(execute()).rejects.toMatchObject({
      code: "LLMSPELL_E_POOL_CREATION",
      message: expect.stringContaining("no route to host"),
      cause: expect.objectContaining({ message: "no route to host" }),
    });
    expect(stats()).toMatchObject({ failed: 1, pending: 0, creationFailures: 1 });
    isDown = false;
    const call = execute("again");
    await clock.advance(0);
    expect(stats()).toMatchObject({ waiting: 1, warming: 0 });
    expect(await clock.runUntil(call)).toBe("again");
    expect(clock.now()).toBeGreaterThanOrEqual(50);
    await tools.stop();
  });

  it("fails its start when an instance cannot be created or hangs", async () => {
    const { tools, clock } = echoPool({ creationTimeout: "2s" }, { create: () => new Promise(() => undefined) });
    const started = expect(tools.start()).rejects.toEqual(coded("LLMSPELL_E_POOL_CREATION"));
    await clock.advance(2000);
    await started;
    await tools.stop();
  });

  it("creates a bounded number at once", async () => {
    let creating = 0;
    let most = 0;
    const { tools, clock, stats } = echoPool(
      { size: { min: 10, max: 10 } },
      {
        create: async () => {
          creating++;
          most = Math.max(most, creating);
          await clock.sleep(100);
          creating--;
        },
      },
      { maxParallelCreations: 2 },
    );
    await clock.runUntil(tools.start());
    expect({ most, took: clock.now(), ready: stats().ready }).toEqual({ most: 2, took: 500, ready: 10 });
    await tools.stop();
  });

  it("replaces an instance that broke in a call; the call alone fails", async () => {
    const { tools, tool, clock, execute, stats } = echoPool(
      { size: { min: 1, max: 1 } },
      {
        execute: (input, _, instance) => {
          if (input !== "crash") return;
          instance.isBroken = true;
          throw new Error("the worker is gone");
        },
      },
    );
    await tools.start();
    await expect(execute("crash")).rejects.toThrow("the worker is gone");
    expect(await execute("next")).toBe("next");
    await clock.advance(0);
    expect(tool.instances.map(({ isDisposed }) => isDisposed)).toEqual([true, false]);
    expect(stats()).toMatchObject({ failed: 1, out: 1, retired: 1, created: 2, instances: 1 });
    await tools.stop();
  });

  it("keeps an instance whose call failed but which is not broken", async () => {
    const { tools, tool, execute } = echoPool(
      {},
      {
        execute: () => {
          throw new Error("not found");
        },
      },
    );
    await tools.start();
    await expect(execute()).rejects.toThrow("not found");
    await expect(execute()).rejects.toThrow("not found");
    expect(tool.instances).toHaveLength(1);
    await tools.stop();
  });

  it("replaces an instance after its last use, and when it is too old", async () => {
    const { tools, tool, clock, execute } = echoPool({ size: { min: 1, max: 1 }, maxUses: 2, maxLifetime: "60s" });
    await tools.start();
    for (let use = 0; use < 5; use++) await execute(use);
    await clock.advance(0);
    expect(tool.instances).toHaveLength(3);
    await clock.advance(61_000);
    expect(tool.instances).toHaveLength(4);
    expect(tool.alive).toHaveLength(1);
    await tools.stop();
  });

  it("retires what was idle too long, but never below its minimum", async () => {
    const { tools, tool, clock, execute, stats } = echoPool(
      { size: { min: 1, max: 4 } },
      { execute: () => clock.sleep(10) },
      { idleTimeout: "10s" },
    );
    await tools.start();
    await clock.runUntil(Promise.all([1, 2, 3, 4].map((input) => execute(input))));
    expect(stats().instances).toBe(4);
    await clock.advance(9000);
    expect(stats().instances).toBe(4);
    await clock.advance(2000);
    expect(stats()).toMatchObject({ instances: 1, retired: 3 });
    expect(tool.alive).toHaveLength(1);
    await tools.stop();
  });

  it("replaces what fails its health check", async () => {
    const { tools, tool, clock, stats } = echoPool(
      { size: { min: 2, max: 2 } },
      {
        check: ({ number }) => {
          if (number === 1) throw new Error("no pulse");
        },
      },
      { healthCheckInterval: "5s" },
    );
    await tools.start();
    await clock.advance(5000);
    expect(tool.alive.map(({ number }) => number)).toEqual([2, 3]);
    expect(stats()).toMatchObject({ retired: 1, instances: 2 });
    await tools.stop();
  });

  it("checks input and output against the tool's schemas", async () => {
    const tool = Object.assign(new FakeTool({ execute: () => ({ length: "long" }) }), {
      inputSchema: { type: "object", required: ["text"], properties: { text: { type: "string" } } },
      outputSchema: { type: "object", properties: { length: { type: "number" } } },
    });
    await using tools = new ToolExecutionPool({ pools: { measure: { tool } } });
    await expect(tools.execute({ pool: "measure", input: { text: 7 } })).rejects.toMatchObject({
      code: "LLMSPELL_E_TOOL_INPUT",
      message: expect.stringContaining("/text must be string"),
    });
    await expect(tools.execute({ pool: "measure", input: { text: "hi" } })).rejects.toMatchObject({
      code: "LLMSPELL_E_TOOL_OUTPUT",
      message: expect.stringContaining("/length must be number"),
    });
    expect(tools.stats()["measure"]).toMatchObject({ in: 2, failed: 2, pending: 0 });
  });

  it("describes a tool once it is prepared, and refuses unknown pools", async () => {
    class Learner extends FakeTool {
      override readonly description: string = "";
      async prepare() {
        Object.assign(this, { description: "Learned." });
      }
    }
    await using tools = new ToolExecutionPool({ pools: { learner: { tool: new Learner() } } });
    expect(() => tools.describe("learner")).toThrow(coded("LLMSPELL_E_POOL_NOT_PREPARED"));
    await tools.start();
    expect(tools.describe("learner")).toEqual({ name: "learner", description: "Learned.", inputSchema: {} });
    expect(() => tools.describe("learnt")).toThrow(coded("LLMSPELL_E_POOL_UNKNOWN"));
  });

  it("scales as its policy decides: within bounds, with a cooldown, and with a history", async () => {
    const targets = [9, 9, 1];
    const policy = {
      decide: () => {
        const target = targets.shift();
        return target === undefined ? undefined : { target, reason: `wants ${target}` };
      },
    };
    const { tools, clock, stats } = echoPool({
      size: { min: 2, max: 5 },
      scaling: { use: policy, cooldown: "10s" },
    });
    await tools.start();
    await clock.advance(1000);
    expect(stats().instances).toBe(5);
    await clock.advance(9000);
    expect(targets).toHaveLength(2);
    await clock.advance(2000);
    expect(stats().instances).toBe(2);
    expect(tools.getScalingHistory()).toEqual([
      { pool: "echo", at: 1000, from: 2, to: 5, reason: "wants 9" },
      { pool: "echo", at: 12_000, from: 5, to: 2, reason: "wants 1" },
    ]);
    await tools.stop();
  });

  it("goes on with its upkeep, and that of others, when a scaling policy throws", async () => {
    const clock = new VirtualClock();
    const errors: unknown[] = [];
    const broken = {
      decide: () => {
        throw new Error("no idea");
      },
    };
    const grow = { decide: () => ({ target: 2, reason: "wants 2" }) };
    const tools = new ToolExecutionPool(
      {
        pools: {
          broken: { tool: new FakeTool(), scaling: { use: broken } },
          other: { tool: new FakeTool(), size: { max: 2 }, scaling: { use: grow } },
        },
      },
      { clock, log: { ...silentLog, error: (message, details) => void errors.push([message, details]) } },
    );
    await tools.start();
    await clock.advance(2000);
    expect(tools.stats()["other"]?.instances).toBe(2);
    const failure = ["A scaling policy failed.", { pool: "broken", problem: "no idea" }];
    expect(errors).toEqual([failure, failure]);
    await tools.stop();
  });

  it("measures and checks what runs while another instance is being made", async () => {
    const clock = new VirtualClock();
    const errors: unknown[] = [];
    const asked = { memory: 0, check: 0 };
    let made = 0;
    const measurable = {
      description: "Counts what it is asked.",
      inputSchema: {},
      createInstance: async ({ signal }: { readonly signal: AbortSignal }) => {
        made++;
        if (made > 1) await clock.sleep(60_000, signal);
        return {
          execute: async () => undefined,
          memory: async () => {
            asked.memory++;
            return 1024;
          },
          check: async () => {
            asked.check++;
          },
          [Symbol.asyncDispose]: async () => undefined,
        };
      },
    };
    const grow = { decide: () => ({ target: 2, reason: "wants 2" }) };
    const tools = new ToolExecutionPool(
      {
        healthCheckInterval: "5s",
        pools: { slow: { tool: measurable, size: { max: 2 }, scaling: { use: grow }, creationTimeout: "2m" } },
      },
      { clock, log: { ...silentLog, error: (message, details) => void errors.push([message, details]) } },
    );
    await tools.start();
    await clock.advance(11_000);
    expect(tools.stats()["slow"]).toMatchObject({ warming: 1, ready: 1, memory: 1024 });
    expect(asked.check).toBe(2);
    expect(asked.memory).toBeGreaterThanOrEqual(2);
    expect(errors).toEqual([]);
    await tools.stop();
  });

  it("lets a caller give up while the tool is prepared", async () => {
    const prepared = Promise.withResolvers<void>();
    const tool = Object.assign(new FakeTool(), { prepare: () => prepared.promise });
    await using tools = new ToolExecutionPool({ pools: { slow: { tool } } });
    const controller = new AbortController();
    const call = tools.execute({ pool: "slow", input: 1 }, { signal: controller.signal });
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(tools.stats()["slow"]).toMatchObject({ in: 1, shed: 1, failed: 0, pending: 0 });
    prepared.resolve();
  });

  it("does not begin a call whose caller gave up when it had an instance, but had not begun", async () => {
    const inputs: unknown[] = [];
    const { tools, clock, execute, stats } = echoPool(
      { size: { min: 1, max: 1 } },
      { execute: (input) => void inputs.push(input) },
    );
    await tools.start();
    const lease = await tools.acquire("echo");
    const controller = new AbortController();
    const call = execute(1, { signal: controller.signal });
    lease.release();
    controller.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
    await clock.advance(0);
    expect(inputs).toEqual([]);
    expect(stats()).toMatchObject({ in: 2, out: 1, shed: 1, pending: 0, inFlight: 0, ready: 1 });
    await tools.stop();
  });

  it("can be started twice at once; each caller learns of the end, or gives up for itself", async () => {
    const gate = Promise.withResolvers<void>();
    const { tools, tool } = echoPool({ size: { min: 2, max: 2 } }, { create: () => gate.promise });
    const impatient = new AbortController();
    const starts = [tools.start(), tools.start(impatient.signal), tools.start()];
    impatient.abort(new Error("enough"));
    await expect(starts[1]).rejects.toThrow("enough");
    gate.resolve();
    await Promise.all([starts[0], starts[2]]);
    await tools.start();
    expect(tool.alive).toHaveLength(2);
    await tools.stop();
  });

  it("can be started again after a start that failed", async () => {
    let isDown = true;
    const { tools, clock, stats } = echoPool(
      {},
      {
        create: () => {
          if (isDown) throw new Error("no route to host");
        },
      },
    );
    await expect(tools.start()).rejects.toEqual(coded("LLMSPELL_E_POOL_CREATION"));
    isDown = false;
    await clock.runUntil(tools.start());
    expect(stats().ready).toBe(1);
    await tools.stop();
  });

  it("drains: refuses what is new, finishes what it has", async () => {
    const { tools, clock, execute, stats } = echoPool({ size: { min: 1, max: 1 } }, { execute: () => clock.sleep(10) });
    await tools.start();
    const calls = [execute(1), execute(2)];
    const drained = tools.drain();
    await expect(execute(3)).rejects.toEqual(coded("LLMSPELL_E_POOL_CLOSED"));
    await clock.runUntil(drained);
    expect(await Promise.all(calls)).toEqual([1, 2]);
    expect(stats()).toMatchObject({ in: 3, out: 2, shed: 1 });
    await tools.stop();
  });

  it("drains also when what it waits for is a tool that cannot be prepared", async () => {
    const prepared = Promise.withResolvers<void>();
    const tool = Object.assign(new FakeTool(), { prepare: () => prepared.promise });
    await using tools = new ToolExecutionPool({ pools: { slow: { tool } } });
    const call = expect(tools.execute({ pool: "slow", input: 1 })).rejects.toEqual(coded("LLMSPELL_E_POOL_CREATION"));
    const drained = tools.drain();
    prepared.reject(new Error("no such module"));
    await call;
    await drained;
    expect(tools.stats()["slow"]).toMatchObject({ in: 1, failed: 1, pending: 0 });
  });

  it("stops what waits and what runs, disposes everything, and leaves no timer", async () => {
    const { tools, tool, clock, execute, stats } = echoPool(
      { size: { min: 1, max: 1 } },
      { execute: () => new Promise(() => undefined) },
    );
    await tools.start();
    const calls = Promise.allSettled([execute(1), execute(2)]);
    await clock.advance(0);
    await tools.stop();
    await tools.stop();
    for (const call of await calls) expect(call).toMatchObject({ reason: coded("LLMSPELL_E_POOL_CLOSED") });
    expect(stats()).toMatchObject({ in: 2, shed: 2, pending: 0, instances: 0 });
    expect(tool.alive).toHaveLength(0);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("a pool's balancer", () => {
  it("chooses among instances that can take a call, by key, and learns how calls ended; its failures harm nobody", async () => {
    const learned: unknown[] = [];
    const balancer: LoadBalancer = {
      pick: (members, key) => {
        if (key === "fault") throw new Error("no choice");
        return key === "last" ? members.length - 1 : 0;
      },
      settled: ({ id }, duration, succeeded) => {
        learned.push([id, duration, succeeded]);
        throw new Error("learns nothing");
      },
    };
    const { tools, clock, execute, stats } = echoPool(
      { size: { min: 3, max: 3 }, balancer },
      { execute: () => clock.sleep(10) },
    );
    await tools.start();
    await clock.runUntil(execute(1, { key: "last" }));
    await clock.runUntil(execute(2));
    expect(learned).toEqual([
      ["echo-3", 10, true],
      ["echo-1", 10, true],
    ]);
    await expect(execute(3, { key: "fault" })).rejects.toThrow("no choice");
    expect(stats()).toMatchObject({ in: 3, out: 2, failed: 1, pending: 0, inFlight: 0 });
    await tools.stop();
  });
});

describe("round robin", () => {
  it("takes idle instances in turn", async () => {
    const served: number[] = [];
    const { tools, execute } = echoPool(
      { size: { min: 3, max: 3 }, balancer: new RoundRobin() },
      { execute: (_, __, { number }) => void served.push(number) },
    );
    await tools.start();
    for (let call = 0; call < 7; call++) await execute();
    expect(served).toEqual([1, 2, 3, 1, 2, 3, 1]);
    await tools.stop();
  });

  it("counts the turn of an instance that was the only one free", async () => {
    const served: number[] = [];
    const { tools, execute } = echoPool(
      { size: { min: 3, max: 3 }, balancer: new RoundRobin() },
      { execute: (_, __, { number }) => void served.push(number) },
    );
    await tools.start();
    for (const lease of [await tools.acquire("echo"), await tools.acquire("echo"), await tools.acquire("echo")])
      lease.release();
    for (let call = 0; call < 3; call++) await execute();
    expect(served).toEqual([1, 2, 3]);
    await tools.stop();
  });
});

describe("a balancer's index that is none", () => {
  it.each([-1, 3, 0.5, Number.NaN])("%d fails the call, at once or after a wait", async (index) => {
    const balancer = { pick: () => index };
    const { tools, execute, stats } = echoPool({ size: { min: 3, max: 3 }, balancer });
    const error = {
      code: "LLMSPELL_E_POOL_BALANCER",
      message: `The load balancer of tool pool "echo" picked instance ${index} of 3.`,
    };
    await tools.start();
    await expect(execute()).rejects.toMatchObject(error);
    expect(stats()).toMatchObject({ in: 1, failed: 1, pending: 0, ready: 3 });
    await tools.stop();
  });
});

describe("Lease", () => {
  it("that is out when the pool stops counts as shed, and may still be released", async () => {
    const { tools, tool, stats } = echoPool();
    await tools.start();
    const lease = await tools.acquire("echo");
    await tools.stop();
    expect(stats()).toMatchObject({ in: 1, shed: 1, pending: 0 });
    lease.release();
    expect(stats()).toMatchObject({ in: 1, out: 0, shed: 1, pending: 0, inFlight: 0 });
    expect(tool.alive).toHaveLength(0);
  });

  it("is of no use to a caller whose pool stops just when it gets it", async () => {
    const { tools, stats } = echoPool();
    await tools.start();
    const first = await tools.acquire("echo");
    const second = tools.acquire("echo");
    first.release();
    await tools.stop();
    const lease = await second;
    expect(() => lease.instance).toThrow(coded("LLMSPELL_E_POOL_CLOSED"));
    lease.release();
    expect(stats()).toMatchObject({ in: 2, out: 1, shed: 1, pending: 0, inFlight: 0 });
  });

  it("is released once: by hand or at the end of its scope", async () => {
    const { tools, stats } = echoPool();
    await tools.start();
    {
      await using lease = await tools.acquire("echo");
      expect(lease.id).toBe("echo-1");
      expect(stats()).toMatchObject({ busy: 1, pending: 1 });
      expect(await lease.instance.execute("x", { signal: new AbortController().signal })).toBe("x");
    }
    const lease = await tools.acquire("echo");
    lease.release();
    expect(() => lease.release()).toThrow(coded("LLMSPELL_E_POOL_LEASE_RELEASED"));
    expect(() => lease.instance).toThrow(coded("LLMSPELL_E_POOL_LEASE_RELEASED"));
    expect(stats()).toMatchObject({ in: 2, out: 2, inFlight: 0, ready: 1 });
    await tools.stop();
  });

  it("takes its instance out of service when it is retired", async () => {
    const { tools, tool, clock, stats } = echoPool();
    await tools.start();
    const lease = await tools.acquire("echo");
    lease.retire();
    await clock.advance(0);
    expect(tool.instances.map(({ isDisposed }) => isDisposed)).toEqual([true, false]);
    expect(stats()).toMatchObject({ failed: 1, pending: 0, retired: 1, ready: 1 });
    await tools.stop();
  });
});
