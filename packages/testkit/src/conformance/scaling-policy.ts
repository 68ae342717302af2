import type { ScalingPolicy, ScalingSnapshot } from "@llmspell/tools";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

/** How many calls one instance serves at once in the suite's simulated pools. */
const CONCURRENCY = 2;
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
  })
  .map(({ min, range, at, demand }) => snapshotOf(min + Math.round(at * range), demand, min, min + range));

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
          expect(directions(sizes)).toBeLessThanOrEqual(1);
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
  });
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
  const serviceTime = 100;
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
    arrivalRate: (demand * 1000) / serviceTime,
    serviceTime,
    longTermServiceTime: serviceTime,
    creationTime: 0,
    idleTimes: Array.from({ length: size - Math.ceil(load / CONCURRENCY) }, () => LONG_IDLE),
    arrivals: { interval: 1000, length: 0, at: () => 0 },
  };
}
