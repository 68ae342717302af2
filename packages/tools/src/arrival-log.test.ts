import { expect, it } from "vitest";
import { ArrivalLog } from "./arrival-log.ts";

it("keeps the last intervals, oldest first", () => {
  const log = new ArrivalLog(500, 1500);
  expect([log.length, log.at(0), log.at(-1)]).toEqual([0, 0, 0]);
  for (const count of [1, 2, 3, 4]) log.add(count, 500);
  expect(log.length).toBe(3);
  expect([0, 1, 2, 3].map((index) => log.at(index))).toEqual([2, 3, 4, 0]);
  expect([-1, -2, -3, -4].map((index) => log.at(index))).toEqual([4, 3, 2, 0]);
});

it("shares the requests of a late tick among the intervals that are over", () => {
  const log = new ArrivalLog(500, 5000);
  log.add(6, 1490);
  expect(log.length).toBe(3);
  expect([0, 1, 2].map((index) => log.at(index))).toEqual([2, 2, 2]);
});

it("keeps nothing where nobody looks back", () => {
  const log = new ArrivalLog(500, 0);
  log.add(6, 500);
  expect(log.length).toBe(0);
});
