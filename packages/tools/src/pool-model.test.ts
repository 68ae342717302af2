import { LeastConnections } from "@llmspell/resilience";
import { seededRandom, VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type FakeInstance, FakeTool } from "../test/fake-tool.ts";
import type { Lease } from "./lease.ts";
import type { Priority } from "./pool-options.ts";
import { ToolExecutionPool } from "./tool-execution-pool.ts";

const settings = fc.record({
  min: fc.nat(2),
  range: fc.nat(3),
  concurrency: fc.integer({ min: 1, max: 3 }),
  maxQueue: fc.constantFrom(0, 2, 100),
  maxUses: fc.integer({ min: 1, max: 6 }),
  isBalanced: fc.boolean(),
  isScaled: fc.boolean(),
  hasBreaker: fc.boolean(),
  isValidated: fc.boolean(),
  isWarmedUp: fc.boolean(),
});

type Settings = typeof settings extends fc.Arbitrary<infer Value> ? Value : never;

/** What must hold of the pool, whatever was done with it. */
interface Model {
  readonly max: number;
  readonly concurrency: number;
  /** Leases that callers hold, by instance. */
  readonly held: Map<unknown, number>;
  requests: number;
}

/** A pool under random use. */
class PoolUnderTest {
  readonly clock = new VirtualClock();
  readonly leases: Lease[] = [];
  readonly aborts: AbortController[] = [];
  readonly requests: Promise<unknown>[] = [];
  readonly tool: FakeTool;
  readonly tools: ToolExecutionPool;
  failsCreation = false;
  failsCheck = false;
  failsWarmUp = false;
  /** What the scaling policy wants, where there is one. */
  target = 1;

  constructor({ min, range, isBalanced, isScaled, hasBreaker, isValidated, isWarmedUp, ...limits }: Settings) {
    this.tool = new FakeTool({
      create: async ({ signal }) => {
        await this.clock.sleep(30, signal);
        if (this.failsCreation) throw new Error("nothing comes");
      },
      execute: (input, { signal }, instance) => this.#serve(input, signal, instance),
      check: async () => {
        await this.clock.sleep(5);
        if (this.failsCheck) throw new Error("no pulse");
      },
    });
    const warmUp = async () => {
      await this.clock.sleep(10);
      if (this.failsWarmUp) throw new Error("still cold");
    };
    const policy = { decide: () => ({ target: this.target, reason: "the test wants it" }) };
    const pool = {
      ...limits,
      tool: this.tool,
      size: { min, max: Math.max(1, min + range) },
      maxLifetime: "60s",
      acquireTimeout: "2s",
      executionTimeout: "3s",
      leaseWarning: "1s",
      ...(isBalanced ? { balancer: new LeastConnections() } : {}),
      ...(isScaled ? { scaling: { use: policy, cooldown: 0 } } : {}),
      ...(hasBreaker ? { breaker: { minimumCalls: 4, openDuration: "2s" } } : {}),
      ...(isWarmedUp ? { warmUp: [{ use: { run: warmUp }, retries: 1 }] } : {}),
      ...(isValidated ? { validateOnBorrow: "500ms" } : {}),
    };
    this.tools = new ToolExecutionPool(
      { pools: { it: pool }, idleTimeout: "4s", healthCheckInterval: "3s" },
      { clock: this.clock, random: seededRandom(7) },
    );
  }

  stats() {
    const stats = this.tools.stats()["it"];
    if (stats === undefined) throw new Error("There is no pool.");
    return stats;
  }

  check({ max, concurrency, held, requests }: Model): void {
    for (const request of this.requests) request.catch(() => undefined);
    const stats = this.stats();
    const instances = this.tools.instances("it");
    expect(instances.length).toBeLessThanOrEqual(max);
    expect(this.tool.alive.length).toBeLessThanOrEqual(max);
    expect(stats.pending).toBeGreaterThanOrEqual(stats.waiting);
    expect(stats.in).toBe(requests);
    expect(stats.out + stats.shed + stats.failed + stats.pending, "nobody is lost").toBe(stats.in);
    for (const state of ["ready", "busy", "draining"] as const) {
      expect(stats[state], state).toBe(instances.filter((instance) => instance.state === state).length);
    }
    expect(instances.reduce((sum, { inFlight }) => sum + inFlight, 0)).toBe(stats.inFlight);
    for (const { inFlight } of instances) expect(inFlight).toBeLessThanOrEqual(concurrency);
    for (const { mostInFlight } of this.tool.instances) expect(mostInFlight).toBeLessThanOrEqual(concurrency);
    for (const count of held.values()) expect(count).toBeLessThanOrEqual(concurrency);
  }

  async #serve(ends: unknown, signal: AbortSignal, instance: FakeInstance): Promise<void> {
    await this.clock.sleep(ends === "never" ? 3_600_000 : 50, signal);
    if (ends === "broken") instance.isBroken = true;
    if (ends !== "well") throw new Error("It failed.");
  }
}

type Command = fc.AsyncCommand<Model, PoolUnderTest>;

/** A command that may always be run, and after which all that must hold is checked. */
function command(name: string, act: (model: Model, pool: PoolUnderTest) => void | Promise<void>): Command {
  return {
    check: () => true,
    run: async (model, pool) => {
      await act(model, pool);
      pool.check(model);
    },
    toString: () => name,
  };
}

function acquire(priority: Priority, isAbortable: boolean): Command {
  return command(`acquire ${priority}${isAbortable ? ", abortable" : ""}`, (model, pool) => {
    const controller = new AbortController();
    if (isAbortable) pool.aborts.push(controller);
    model.requests++;
    const lease = pool.tools.acquire("it", { priority, ...(isAbortable ? { signal: controller.signal } : {}) });
    pool.requests.push(
      lease.then((lent) => {
        pool.leases.push(lent);
        model.held.set(lent.instance, (model.held.get(lent.instance) ?? 0) + 1);
      }),
    );
  });
}

function endLease(index: number, how: "release" | "retire"): Command {
  return command(`${how} ${index}`, ({ held }, { leases }) => {
    const [lease] = leases.splice(index % Math.max(1, leases.length), 1);
    if (lease === undefined) return;
    held.set(lease.instance, (held.get(lease.instance) ?? 0) - 1);
    lease[how]();
    expect(() => lease.release()).toThrow(expect.objectContaining({ code: "LLMSPELL_E_POOL_LEASE_RELEASED" }));
  });
}

const which = fc.nat(20);
const commands = fc.commands<Model, PoolUnderTest, false>(
  [
    fc
      .tuple(fc.constantFrom<Priority>("critical", "high", "normal", "low"), fc.boolean())
      .map((how) => acquire(...how)),
    fc.constantFrom("well", "badly", "broken", "never").map((ends) =>
      command(`execute, ends ${ends}`, (model, pool) => {
        model.requests++;
        pool.requests.push(pool.tools.execute({ pool: "it", input: ends }));
      }),
    ),
    which.map((index) => endLease(index, "release")),
    which.map((index) => endLease(index, "retire")),
    which.map((index) =>
      command(`abort ${index}`, (_, { aborts }) => {
        aborts[index % Math.max(1, aborts.length)]?.abort(new Error("enough"));
      }),
    ),
    which.map((index) =>
      command(`crash ${index}`, (_, { tool }) => {
        const instance = tool.alive[index % Math.max(1, tool.alive.length)];
        if (instance !== undefined) instance.isBroken = true;
      }),
    ),
    fc.nat(6).map((target) => command(`resize to ${target}`, (_, pool) => void Object.assign(pool, { target }))),
    fc
      .record({ failsCreation: fc.boolean(), failsCheck: fc.boolean(), failsWarmUp: fc.boolean() })
      .map((faults) => command(JSON.stringify(faults), (_, pool) => void Object.assign(pool, faults))),
    fc
      .constantFrom(0, 1, 40, 700, 5000)
      .map((by) => command(`${by} ms pass`, async (_, { clock }) => await clock.advance(by))),
  ],
  { maxCommands: 60 },
);

/** Every caller's patience ends by itself, every lease is given back: then nothing may be left. */
async function finish(model: Model, pool: PoolUnderTest): Promise<void> {
  const giveAllBack = async () => {
    while (pool.leases.length > 0) await endLease(0, "release").run(model, pool);
  };
  await giveAllBack();
  await pool.clock.advance(10_000);
  await giveAllBack();
  const settled = await pool.clock.runUntil(Promise.allSettled(pool.requests));
  const { in: arrived, out, shed, failed, pending, waiting, inFlight, leases } = pool.stats();
  expect({ arrived, pending, waiting, inFlight, leases }).toEqual({
    arrived: settled.length,
    pending: 0,
    waiting: 0,
    inFlight: 0,
    leases: 0,
  });
  expect(out + shed + failed).toBe(arrived);
  await pool.clock.runUntil(pool.tools.stop());
  // A check that was given up does not heed its signal here: it sleeps on for a moment.
  await pool.clock.advance(5);
  expect(pool.tool.alive).toHaveLength(0);
  expect(pool.clock.pendingTimers).toBe(0);
}

/** Stops in the middle of it: who waits or runs is told, and who holds a lease may give it back later. */
async function breakOff(model: Model, pool: PoolUnderTest): Promise<void> {
  const stopped = pool.tools.stop();
  pool.check(model);
  await pool.clock.runUntil(stopped);
  for (const lease of pool.leases.splice(0)) lease.release();
  // Who was lent an instance in the moment of the stop has it since.
  const settled = await pool.clock.runUntil(Promise.allSettled(pool.requests));
  for (const lease of pool.leases.splice(0)) lease.release();
  const { in: arrived, out, shed, failed, pending, waiting, inFlight, leases } = pool.stats();
  expect({ pending, waiting, leases }).toEqual({ pending: 0, waiting: 0, leases: 0 });
  expect(out + shed + failed).toBe(arrived);
  expect(settled).toHaveLength(arrived);
  await pool.clock.advance(10);
  expect(inFlight).toBe(0);
  expect(pool.tool.alive).toHaveLength(0);
  expect(pool.clock.pendingTimers).toBe(0);
}

it("keeps its promises under any use: never too many, never lent beyond what it can serve, nobody lost, all disposed", async () => {
  await fc.assert(
    fc.asyncProperty(
      settings,
      fc.boolean(),
      fc.boolean(),
      commands,
      async (options, isStarted, isBrokenOff, sequence) => {
        const pool = new PoolUnderTest(options);
        const { min, range, concurrency } = options;
        const model: Model = { max: Math.max(1, min + range), concurrency, held: new Map(), requests: 0 };
        if (isStarted) await pool.clock.runUntil(pool.tools.start());
        await fc.asyncModelRun(() => ({ model, real: pool }), sequence);
        await (isBrokenOff ? breakOff(model, pool) : finish(model, pool));
      },
    ),
    { numRuns: 400 },
  );
}, 120_000);
