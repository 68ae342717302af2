import { type ScalingPolicy, type ScalingSnapshot, ToolExecutionPool } from "@llmspell/tools";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../virtual-clock.ts";

/** How many calls one instance serves at once in the suite's simulated pools. */
const CONCURRENCY = 2;
/** How long a call takes, and an instance until it is warm, in milliseconds. */
const SERVICE_TIME = 100;
const CREATION_TIME = 200;
/** In the snapshots: the length of an interval in milliseconds, and how many are known. */
const INTERVAL = 500;
const KNOWN_INTERVALS = 200;
/** For how long what is idle has been idle, in milliseconds. */
const LONG_IDLE = 3_600_000;
/** Decisions after which a policy must have settled. */
const ENOUGH = 50;

/** Any snapshot that a pool could give. */
const snapshots: fc.Arbitrary<ScalingSnapshot> = fc
  .record({
    min: fc.integer({ min: 0, max: 10 }),
    range: fc.integer({ min: 1, max: 40 }),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    demand: fc.double({ min: 0, max: 500, noNaN: true }),
    arrivals: fc.array(fc.nat(1000), { maxLength: 100 }),
  })
  .map(({ min, range, at, demand, arrivals }) => ({
    ...snapshotOf(min + Math.round(at * range), demand, min, min + range),
    arrivals: { interval: INTERVAL, length: arrivals.length, at: (index) => arrivals.at(index) ?? 0 },
  }));

/**
 * The rules that every scaling policy keeps, whatever it decides by.
 *
 * @param name how the policy is called in YAML
 * @param create makes a policy with default options
 */
export function describeScalingPolicy(name: string, create: () => ScalingPolicy): void {
  describe(`scaling policy ${name}`, () => {
    it("wants whole sizes within the bounds, other than the present one, and says why", () => {
      const policy = create();
      fc.assert(
        fc.property(snapshots, (snapshot) => {
          const decision = policy.decide(snapshot);
          if (decision === undefined) return;
          expect(Number.isInteger(decision.target)).toBe(true);
          expect(decision.target).toBeGreaterThanOrEqual(snapshot.min);
          expect(decision.target).toBeLessThanOrEqual(snapshot.max);
          expect(decision.target).not.toBe(snapshot.size);
          expect(decision.reason).not.toBe("");
        }),
      );
    });

    it("is pure: the same snapshot gives the same decision, whatever came between", () => {
      const policy = create();
      fc.assert(
        fc.property(snapshots, snapshots, (snapshot, other) => {
          const first = policy.decide(snapshot);
          policy.decide(other);
          expect(policy.decide(snapshot)).toEqual(first);
        }),
      );
    });

    it("settles at a constant load, whatever the load and the size it starts from", () => {
      const policy = create();
      fc.assert(
        fc.property(snapshots, fc.double({ min: 0, max: 100, noNaN: true }), ({ size, min, max }, demand) => {
          const sizes = sizesAt(policy, { size, demand, min, max });
          expect(new Set(sizes.slice(-10)).size).toBe(1);
          // It may grow a little too far at first, and come back: no more.
          expect(directions(sizes)).toBeLessThanOrEqual(2);
        }),
      );
    });

    it("grows from one instance on a step up until the load fits, and comes down to the minimum after it", () => {
      const policy = create();
      const demand = 60;
      const risen = sizesAt(policy, { size: 1, demand, min: 1, max: 100 }).at(-1) ?? 0;
      expect(risen).toBeGreaterThan(1);
      expect(sizesAt(policy, { size: risen, demand: 0, min: 1, max: 100 }).at(-1)).toBe(1);
    });

    it("does not get stuck at small sizes: saturation leaves one instance, calm leaves two", () => {
      const policy = create();
      expect(policy.decide(snapshotOf(1, 100, 1, 10))?.target).toBeGreaterThanOrEqual(2);
      expect(policy.decide(snapshotOf(2, 0, 1, 10))?.target).toBe(1);
    });

    it("in a pool: reaches what a step asks for, stays there, and comes down when it is over", async () => {
      await using pool = new LoadedPool({ use: create(), cooldown: "1s" });
      await pool.serve({ callsASecond: 100, seconds: 60 });
      const settled = pool.size;
      expect(settled * CONCURRENCY).toBeGreaterThanOrEqual(9);
      expect(pool.waiting).toBe(0);
      const changes = pool.history.length;
      await pool.serve({ callsASecond: 100, seconds: 60 });
      expect(pool.size).toBe(settled);
      expect(pool.history.slice(changes), "it does not flap").toEqual([]);
      await pool.serve({ callsASecond: 0, seconds: 300 });
      expect(pool.size).toBe(1);
    });

    it("in a pool: never changes the size while it cools down, nor beyond the bounds", async () => {
      await using pool = new LoadedPool({ use: create(), cooldown: "7s" });
      for (const callsASecond of [200, 10, 100, 400, 0, 0]) await pool.serve({ callsASecond, seconds: 20 });
      const { history } = pool;
      expect(history.length).toBeGreaterThan(1);
      for (const [index, { at, to }] of history.entries()) {
        expect(to).toBeGreaterThanOrEqual(1);
        expect(to).toBeLessThanOrEqual(LARGEST);
        expect(at - (history[index - 1]?.at ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(7000);
      }
    });
  });
}

/** Instances that the suite's real pools have at most. */
const LARGEST = 12;

/** A real pool in virtual time, with a tool that takes `SERVICE_TIME` a call and `CREATION_TIME` to be created. */
class LoadedPool implements AsyncDisposable {
  readonly #clock = new VirtualClock();
  readonly #tools: ToolExecutionPool;
  #isStarted = false;

  constructor(scaling: { readonly use: ScalingPolicy; readonly cooldown: string }) {
    const execute = () => this.#clock.sleep(SERVICE_TIME);
    const tool = {
      description: "Takes its time.",
      inputSchema: {},
      createInstance: async () => {
        await this.#clock.sleep(CREATION_TIME);
        return { execute, [Symbol.asyncDispose]: async () => undefined };
      },
    };
    const pool = { tool, scaling, concurrency: CONCURRENCY, size: { min: 1, max: LARGEST }, maxQueue: 100_000 };
    this.#tools = new ToolExecutionPool(
      { pools: { it: { ...pool, acquireTimeout: "1h" } }, maxParallelCreations: LARGEST },
      { clock: this.#clock },
    );
    // A pool that is observed times every call, others a part of many: the suite is about the policy, not about how well it is told.
    this.#tools.observe({ called: () => undefined });
  }

  get size(): number {
    return this.#tools.stats()["it"]?.instances ?? 0;
  }

  get waiting(): number {
    return this.#tools.stats()["it"]?.waiting ?? 0;
  }

  get history() {
    return this.#tools.getScalingHistory("it");
  }

  /** Makes calls at equal distances, whether those before are answered or not. */
  async serve({ callsASecond, seconds }: { callsASecond: number; seconds: number }): Promise<void> {
    if (!this.#isStarted) await this.#clock.runUntil(this.#tools.start());
    this.#isStarted = true;
    const distance = callsASecond > 0 ? 1000 / callsASecond : seconds * 1000;
    for (let passed = 0; passed < seconds * 1000; passed += distance) {
      // Calls that are refused, or end with the pool, are none that the suite looks at.
      if (callsASecond > 0) this.#tools.execute({ pool: "it", input: undefined }).catch(() => undefined);
      await this.#clock.advance(distance);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#clock.runUntil(this.#tools.stop());
  }
}

interface Situation {
  readonly size: number;
  /** Calls that run or wait, mean. */
  readonly demand: number;
  readonly min: number;
  readonly max: number;
}

/** The sizes of a pool that follows the policy at once, at a constant load. */
function sizesAt(policy: ScalingPolicy, { size, demand, min, max }: Situation): number[] {
  const sizes = [size];
  for (let decision = 0; decision < ENOUGH; decision++) {
    const present = sizes.at(-1) ?? size;
    sizes.push(policy.decide(snapshotOf(present, demand, min, max))?.target ?? present);
  }
  return sizes;
}

/** How often a series of sizes changes, counted in runs of growth or of shrinkage. */
function directions(sizes: readonly number[]): number {
  const signs = sizes.slice(1).map((size, index) => Math.sign(size - (sizes[index] ?? size)));
  const moves = signs.filter((sign) => sign !== 0);
  return moves.filter((sign, index) => sign !== moves[index - 1]).length;
}

function snapshotOf(size: number, demand: number, min: number, max: number): ScalingSnapshot {
  const capacity = size * CONCURRENCY;
  const load = Math.min(demand, capacity);
  const busy = Math.min(size, Math.floor(load / CONCURRENCY));
  const arrivalRate = (demand * 1000) / SERVICE_TIME;
  return {
    now: 0,
    size,
    min,
    max,
    ready: size - busy,
    busy,
    warming: 0,
    concurrency: CONCURRENCY,
    waiting: Math.floor(demand - load),
    load,
    utilization: capacity === 0 ? Number(demand > 0) : load / capacity,
    arrivalRate,
    serviceTime: SERVICE_TIME,
    longTermServiceTime: SERVICE_TIME,
    creationTime: CREATION_TIME,
    idleTimes: Array.from({ length: size - Math.ceil(load / CONCURRENCY) }, () => LONG_IDLE),
    arrivals: { interval: INTERVAL, length: KNOWN_INTERVALS, at: () => (arrivalRate * INTERVAL) / 1000 },
  };
}
