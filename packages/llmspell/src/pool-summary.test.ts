import type { Reading } from "@llmspell/base";
import { expect, it } from "vitest";
import { poolLines } from "./pool-summary.ts";

const figures = { instances: 2, created: 3, retired: 1, creationP50: 590, warmUpP50: 12.5, waitP99: 40, memory: 3e8 };

function pool(name: string, details: Readonly<Record<string, number>>): Reading {
  return { part: "pool", name, in: 1, out: 1, shed: 0, failed: 0, pending: 0, details };
}

function change(from: number, to: number, at: number) {
  return { pool: "search", from, to, at, reason: `${to - from} waiting` };
}

it("tells of the instances of each pool, and of the last changes of its size with their reasons", () => {
  const readings = [
    pool("search", figures),
    pool("unused", { created: 0 }),
    { ...pool("agent", figures), part: "agent" },
  ];
  const changes = [change(1, 2, 1100), change(2, 3, 1200), change(3, 4, 1300), change(4, 5, 3000)];
  expect(poolLines(readings, changes, 1000)).toEqual([
    "          instances  created  retired  creation  warm-up  wait p99   memory",
    "instances of pool",
    "  search          2        3        1    590 ms  12.5 ms   40.0 ms  286 MiB",
    "  search: 1 change of size before",
    "  search: 2 → 3 after 200 ms: 1 waiting",
    "  search: 3 → 4 after 300 ms: 1 waiting",
    "  search: 4 → 5 after 2.00 s: 1 waiting",
  ]);
});

it("shows no memory where none could be measured, and nothing at all where no instance was made", () => {
  expect(poolLines([pool("search", { ...figures, memory: 0 })], [], 0).at(-1)).toMatch(/ -$/);
  expect(poolLines([pool("unused", { created: 0 })], [], 0)).toEqual([]);
});
