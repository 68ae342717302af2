import { VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

function takeAll(bucket: TokenBucket): number {
  let taken = 0;
  while (bucket.tryTake()) taken++;
  return taken;
}

describe("TokenBucket", () => {
  it("lets one burst through, then the rate", async () => {
    const clock = new VirtualClock();
    const bucket = new TokenBucket({ rate: "10/s", burst: 5 }, { clock });
    expect(takeAll(bucket)).toBe(5);
    await clock.advance(99);
    expect(takeAll(bucket)).toBe(0);
    await clock.advance(1);
    expect(takeAll(bucket)).toBe(1);
    await clock.advance(250);
    expect(takeAll(bucket)).toBe(2);
    await clock.advance(60_000);
    expect(takeAll(bucket)).toBe(5);
  });

  it("holds one second's worth, and at least one token, when no burst is given", () => {
    const clock = new VirtualClock();
    expect(takeAll(new TokenBucket({ rate: "100/s" }, { clock }))).toBe(100);
    expect(takeAll(new TokenBucket({ rate: "1/m" }, { clock }))).toBe(1);
  });

  it("reads the clock once for a sixteenth of the burst", () => {
    let reads = 0;
    const clock = new VirtualClock();
    const now = clock.now.bind(clock);
    clock.now = () => {
      reads++;
      return now();
    };
    const bucket = new TokenBucket({ rate: 1600, burst: 1600 }, { clock });
    for (let call = 0; call < 1600; call++) bucket.tryTake();
    expect(reads).toBeLessThanOrEqual(18);
  });

  it("never lets more through than burst + rate × time, whatever the rests between", async () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 200 })), {
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 100 }),
        steps,
        async (rate, burst, plan) => {
          let now = 0;
          const clock = new VirtualClock();
          clock.now = () => now;
          const bucket = new TokenBucket({ rate, burst }, { clock });
          const takenAt: number[] = [];
          for (const [rest, tries] of plan) {
            now += rest;
            for (let call = 0; call < tries; call++) if (bucket.tryTake()) takenAt.push(now);
          }
          // The largest excess of what was taken between any two moments over what the rate brings in that time.
          let worst = 0;
          let largest = Number.NEGATIVE_INFINITY;
          for (const [index, time] of takenAt.entries()) {
            const above = index - (rate * time) / 1000;
            largest = Math.max(largest, -above);
            worst = Math.max(worst, above + largest + 1);
          }
          expect(worst).toBeLessThanOrEqual(burst + 1e-6);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("lends tokens in advance, never more than there are, and takes back what was not spent", async () => {
    const clock = new VirtualClock();
    const bucket = new TokenBucket({ rate: 10, burst: 32 }, { clock });
    let taken = 0;
    for (let lent = bucket.takeUpTo(5); lent > 0; lent = bucket.takeUpTo(5)) taken += lent;
    expect(taken).toBe(32);
    await clock.advance(100);
    expect(bucket.takeUpTo(5)).toBe(1);
    bucket.giveBack(1);
    expect([bucket.tryTake(), bucket.tryTake()]).toEqual([true, false]);
  });
});
