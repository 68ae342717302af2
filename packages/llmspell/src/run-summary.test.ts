import type { Reading } from "@llmspell/base";
import { describe, expect, it } from "vitest";
import { accountsOf, deliveryLine, sumLine, summaryLines, unbalancedParts } from "./run-summary.ts";

function reading(part: string, name: string, counters: Partial<Reading> = {}): Reading {
  return { part, name, in: 0, out: 0, shed: 0, failed: 0, pending: 0, ...counters };
}

describe("summaryLines", () => {
  it("groups the parts by sort in the order in which an event passes them, what it does not know last", () => {
    const duration = { count: 3, mean: 2, p50: 1.5, p99: 12, max: 13 };
    expect(
      summaryLines([
        reading("robot", "arm", { in: 1, out: 1 }),
        reading("pool", "search", { in: 3, out: 2, failed: 1, duration }),
        reading("channel", "user_actions", { in: 1200, out: 1199, pending: 1 }),
        reading("channel", "dead"),
      ]),
    ).toEqual([
      "                   in    out  shed  failed  pending      p50      p99",
      "channel",
      "  user_actions  1,200  1,199     0       0        1        -        -",
      "  dead              0      0     0       0        0        -        -",
      "pool",
      "  search            3      2     0       1        0  1.50 ms  12.0 ms",
      "robot",
      "  arm               1      1     0       0        0        -        -",
    ]);
  });
});

describe("what a durable queue keeps for the next run", () => {
  const readings = [
    reading("channel", "orders", { in: 9, out: 4, pending: 5, details: { kept: 5 } }),
    reading("channel", "mails", { in: 3, out: 2, pending: 1, details: { kept: 0 } }),
  ];

  it("stands in a column of its own, apart from what is pending", () => {
    expect(summaryLines(readings)).toEqual([
      "          in  out  shed  failed  pending  kept  p50  p99",
      "channel",
      "  orders   9    4     0       0        0     5    -    -",
      "  mails    3    2     0       0        1     0    -    -",
    ]);
  });

  it("is called kept in the sum of the deliveries, where there is any", () => {
    expect(deliveryLine(accountsOf(readings))).toBe(
      "deliveries 12 = 6 delivered + 0 failed + 0 shed + 1 pending + 5 kept",
    );
    expect(deliveryLine(accountsOf(readings.slice(1)))).toBe(
      "deliveries 3 = 2 delivered + 0 failed + 0 shed + 1 pending",
    );
  });
});

describe("the sum of the events", () => {
  it("is taken over the sources, where there are any", () => {
    const readings = [
      reading("bus", "events", { in: 500, out: 500 }),
      reading("source", "a", { in: 300, out: 290, shed: 9, failed: 1 }),
      reading("source", "b", { in: 29, out: 29 }),
    ];
    expect(sumLine(accountsOf(readings))).toBe("events in 329 = 329 accounted for: 319 out, 9 shed, 1 failed");
  });

  it("is taken over the bus, where there is no source", () => {
    const readings = [
      reading("channel", "x", { in: 3, out: 3 }),
      reading("bus", "events", { in: 3, out: 2, pending: 1 }),
    ];
    expect(sumLine(accountsOf(readings))).toBe("events in 3 = 3 accounted for: 2 out, 0 shed, 0 failed, 1 pending");
  });

  it("says when it does not hold", () => {
    const accounts = accountsOf([reading("source", "a", { in: 4, out: 3 })]);
    expect(sumLine(accounts)).toBe("events in 4 ≠ 3 accounted for: 3 out, 0 shed, 0 failed");
    expect(accounts[0]?.unaccounted).toBe(1);
  });

  it("is absent where no part carries events", () => {
    expect(sumLine(accountsOf([reading("pool", "p", { in: 1, out: 1 })]))).toBeUndefined();
  });
});

describe("unbalancedParts", () => {
  it("names each part that carries events and lost one or counted one twice", () => {
    const readings = [
      reading("channel", "lossy", { in: 10, out: 8, shed: 1 }),
      reading("channel", "doubling", { in: 10, out: 11 }),
      reading("channel", "fine", { in: 10, out: 7, shed: 1, failed: 1, pending: 1 }),
    ];
    expect(unbalancedParts(readings)).toEqual([
      "channel lossy: 10 in, 9 accounted for",
      "channel doubling: 10 in, 11 accounted for",
    ]);
    expect(accountsOf(readings)[0]).toMatchObject({ in: 30, unaccounted: 2 });
  });

  it("leaves alone what does not carry events", () => {
    expect(unbalancedParts([reading("hook", "h", { in: 2, out: 1 })])).toEqual([]);
  });
});
