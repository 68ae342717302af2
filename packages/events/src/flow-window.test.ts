import { expect, it } from "vitest";
import { FlowWindow } from "./flow-window.ts";

it("says what happened in the last second, and in the time since it began before that", () => {
  const window = new FlowWindow();
  window.read(0, 1000, 500, false);
  expect([window.demand, window.throughput, window.busy]).toEqual([0, 0, 0]);
  window.read(100, 1050, 510, true);
  expect([window.demand, window.throughput, window.busy]).toEqual([500, 100, 0.5]);
  for (let time = 200; time <= 1000; time += 100) window.read(time, 1050, 510, true);
  expect([window.demand, window.throughput]).toEqual([50, 10]);
  window.read(1100, 1050, 512, true);
  expect([window.demand, window.throughput, window.busy]).toEqual([0, 2, 1]);
});

it("goes by the time that has passed when readings come late", () => {
  const window = new FlowWindow();
  window.read(0, 0, 0, false);
  window.read(2000, 100, 50, false);
  expect([window.demand, window.throughput]).toEqual([50, 25]);
});
