import { seededRandom, VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type FakeInstance, FakeTool } from "../test/fake-tool.ts";
import type { Lease } from "./lease.ts";
import type { Priority } from "./pool-options.ts";
import { ToolExecutionPool } from "./tool-execution-pool.ts";

type Step =
  | { readonly do: "acquire"; readonly priority: Priority; readonly isAbortable: boolean }
  | { readonly do: "execute"; readonly ends: "well" | "badly" | "broken" | "never" }
  | { readonly do: "release" | "retire" | "abort"; readonly which: number }
  | { readonly do: "creation"; readonly fails: boolean }
  | { readonly do: "advance"; readonly by: number };

const which = fc.nat(20);
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("acquire" as const),
      priority: fc.constantFrom<Priority>("critical", "high", "normal", "low"),
      isAbortable: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("execute" as const),
      ends: fc.constantFrom("well" as const, "badly" as const, "broken" as const, "never" as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom("release" as const, "retire" as const, "abort" as const), which }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("creation" as const), fails: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("advance" as const), by: fc.constantFrom(0, 1, 40, 700, 5000) }),
  },
);

const settings = fc.record({
  min: fc.nat(2),
  range: fc.nat(3),
  concurrency: fc.integer({ min: 1, max: 3 }),
  maxQueue: fc.constantFrom(0, 2, 100),
  maxUses: fc.integer({ min: 1, max: 6 }),
});

/** A pool under random use, and what the model knows of it. */
class PoolUnderTest {
  readonly clock = new VirtualClock();
  readonly leases: Lease[] = [];
  readonly aborts: AbortController[] = [];
  readonly requests: Promise<unknown>[] = [];
  readonly #held = new Map<unknown, number>();
  readonly #limits: { readonly max: number; readonly concurrency: number };
  readonly tool: FakeTool;
  readonly tools: ToolExecutionPool;
  #failsCreation = false;

  constructor({
    min,
    range,
    concurrency,
    maxQueue,
    maxUses,
  }: typeof settings extends fc.Arbitrary<infer T> ? T : never) {
    const max = Math.max(1, min + range);
    this.#limits = { max, concurrency };
    this.tool = new FakeTool({
      create: async ({ signal }) => {
        await this.clock.sleep(30, signal);
        if (this.#failsCreation) throw new Error("nothing comes");
      },
      execute: (input, { signal }, instance) => this.#serve(input, signal, instance),
    });
    const pool = { tool: this.tool, size: { min, max }, concurrency, maxQueue, maxUses, maxLifetime: "60s" };
    this.tools = new ToolExecutionPool(
      { pools: { it: { ...pool, acquireTimeout: "2s", executionTimeout: "3s" } }, idleTimeout: "4s" },
      { clock: this.clock, random: seededRandom(7) },
    );
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case "acquire":
        this.#acquire(step.priority, step.isAbortable);
        break;
      case "execute":
        this.requests.push(this.tools.execute({ pool: "it", input: step.ends }));
        break;
      case "release":
      case "retire":
        this.#end(step.which, step.do);
        break;
      case "abort":
        this.aborts[step.which % Math.max(1, this.aborts.length)]?.abort(new Error("enough"));
        break;
      case "creation":
        this.#failsCreation = step.fails;
        break;
      case "advance":
        await this.clock.advance(step.by);
    }
    for (const request of this.requests) request.catch(() => undefined);
    this.check();
  }

  check(): void {
    const stats = this.stats();
    expect(stats.instances + stats.draining).toBeLessThanOrEqual(this.#limits.max);
    expect(this.tool.alive.length).toBeLessThanOrEqual(this.#limits.max);
    expect(stats.pending).toBeGreaterThanOrEqual(stats.waiting);
    expect(stats.out + stats.shed + stats.failed + stats.pending, "nobody is lost").toBe(stats.in);
    for (const { mostInFlight } of this.tool.instances) {
      expect(mostInFlight).toBeLessThanOrEqual(this.#limits.concurrency);
    }
    for (const count of this.#held.values()) expect(count).toBeLessThanOrEqual(this.#limits.concurrency);
  }

  stats() {
    const stats = this.tools.stats()["it"];
    if (stats === undefined) throw new Error("There is no pool.");
    return stats;
  }

  #acquire(priority: Priority, isAbortable: boolean): void {
    const controller = new AbortController();
    if (isAbortable) this.aborts.push(controller);
    const lease = this.tools.acquire("it", { priority, signal: controller.signal });
    this.requests.push(
      lease.then((lent) => {
        this.leases.push(lent);
        this.#held.set(lent.instance, (this.#held.get(lent.instance) ?? 0) + 1);
      }),
    );
  }

  #end(index: number, how: "release" | "retire"): void {
    const [lease] = this.leases.splice(index % Math.max(1, this.leases.length), 1);
    if (lease === undefined) return;
    this.#held.set(lease.instance, (this.#held.get(lease.instance) ?? 0) - 1);
    lease[how]();
    expect(() => lease.release()).toThrow(expect.objectContaining({ code: "LLMSPELL_E_POOL_LEASE_RELEASED" }));
  }

  async #serve(ends: unknown, signal: AbortSignal, instance: FakeInstance): Promise<void> {
    await this.clock.sleep(ends === "never" ? 3_600_000 : 50, signal);
    if (ends === "broken") instance.isBroken = true;
    if (ends !== "well") throw new Error("It failed.");
  }
}

it("keeps its promises under any use: never too many, never lent twice, nobody lost, all disposed", async () => {
  await fc.assert(
    fc.asyncProperty(
      settings,
      fc.boolean(),
      fc.array(steps, { maxLength: 60 }),
      async (options, isStarted, sequence) => {
        const pool = new PoolUnderTest(options);
        if (isStarted) await pool.clock.runUntil(pool.tools.start());
        for (const step of sequence) await pool.take(step);
        // Every caller's patience ends by itself: no request may outlive its time limits.
        while (pool.leases.length > 0) await pool.take({ do: "release", which: 0 });
        await pool.clock.advance(10_000);
        while (pool.leases.length > 0) await pool.take({ do: "release", which: 0 });
        const settled = await pool.clock.runUntil(Promise.allSettled(pool.requests));
        const { in: arrived, out, shed, failed, pending, waiting, inFlight } = pool.stats();
        expect({ arrived, pending, waiting, inFlight }).toEqual({
          arrived: settled.length,
          pending: 0,
          waiting: 0,
          inFlight: 0,
        });
        expect(out + shed + failed).toBe(arrived);
        await pool.clock.runUntil(pool.tools.stop());
        await pool.clock.advance(0);
        expect(pool.tool.alive).toHaveLength(0);
        expect(pool.clock.pendingTimers).toBe(0);
      },
    ),
    { numRuns: 150 },
  );
}, 60_000);
