import type { Reading } from "@llmspell/base";
import { expect, it } from "vitest";
import { ProgressLine } from "./progress-line.ts";

function reading(part: string, counters: Partial<Reading>): Reading {
  return { part, name: part, in: 0, out: 0, shed: 0, failed: 0, pending: 0, ...counters };
}

it("says how long, how many came in and how fast since the line before, what waits and what failed", () => {
  const line = new ProgressLine(1000);
  const figures = (came: number) => [
    reading("source", { in: came, failed: 1 }),
    reading("bus", { in: came * 2 }),
    reading("channel", { pending: 4 }),
    reading("channel", { pending: 3 }),
    reading("pipeline", { failed: 2, pending: 9 }),
  ];
  expect(line.render(figures(1500), 1500)).toBe("500 ms  1,500 events in (3,000/s)  7 pending  3 failed");
  expect(line.render(figures(1600), 2500)).toBe("1.50 s  1,600 events in (100/s)  7 pending  3 failed");
  expect(line.render(figures(1600), 3500)).toBe("2.50 s  1,600 events in (0/s)  7 pending  3 failed");
});

it("counts what the bus got where there is no source", () => {
  expect(new ProgressLine(0).render([reading("bus", { in: 5 })], 1000)).toContain("5 events in (5/s)");
});
