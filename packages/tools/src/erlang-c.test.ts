import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { serversFor } from "./erlang-c.ts";

/** The delay formula as textbooks write it, with factorials. */
function shareOfLate(servers: number, load: number, serviceTime: number, maxWait: number): number {
  let term = 1;
  let sum = 1;
  for (let busy = 1; busy < servers; busy++) {
    term *= load / busy;
    sum += term;
  }
  const all = (term * load) / servers / (1 - load / servers);
  return (all / (sum + all)) * Math.exp((-(servers - load) * maxWait) / serviceTime);
}

describe("serversFor", () => {
  it("is the least number that keeps the share of those who wait longer", () => {
    const loads = fc.double({ min: 0.01, max: 60, noNaN: true });
    const waits = fc.integer({ min: 0, max: 400 });
    fc.assert(
      fc.property(loads, waits, (load, maxWait) => {
        const serviceTime = 200;
        const servers = serversFor({ load, serviceTime, maxWait, lateShare: 0.01, limit: 1000 });
        expect(servers).toBeGreaterThan(load);
        expect(shareOfLate(servers, load, serviceTime, maxWait)).toBeLessThanOrEqual(0.01);
        const fewer = servers - 1;
        if (fewer > load) expect(shareOfLate(fewer, load, serviceTime, maxWait)).toBeGreaterThan(0.01);
      }),
    );
  });

  it("gives the figures of the tables: at a load of 12, one call in a hundred waits at all with 22 servers", () => {
    expect(serversFor({ load: 12, serviceTime: 200, maxWait: 0, lateShare: 0.01, limit: 100 })).toBe(22);
    expect(serversFor({ load: 12, serviceTime: 200, maxWait: 50, lateShare: 0.01, limit: 100 })).toBe(19);
  });

  it("needs nobody for no load, and never more than the limit", () => {
    expect(serversFor({ load: 0, serviceTime: 200, maxWait: 50, lateShare: 0.01, limit: 10 })).toBe(0);
    expect(serversFor({ load: 500, serviceTime: 200, maxWait: 50, lateShare: 0.01, limit: 10 })).toBe(10);
  });
});
