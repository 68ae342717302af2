import { silentLog, type Timer } from "@llmspell/base";
import { VirtualClock } from "@llmspell/testkit";
import { expect, it } from "vitest";
import type { BackpressureChange } from "./bus-monitor.ts";
import { EventBus } from "./event-bus.ts";
import type { PerformanceStats } from "./performance-report.ts";
import { PressureValve } from "./pressure-valve.ts";

const WORK = { capacity: 10, circuitBreaker: {} };

it("reports what was handled and what waits, once a second, to those who listen", async () => {
  const clock = new VirtualClock();
  const bus = new EventBus({ channels: { work: WORK, idle: {} } }, { clock });
  bus.addRoute({ eventType: "work", channel: "work" });
  bus.subscribe("work", ({ data }) => (data === "slow" ? clock.sleep(10_000) : undefined));
  const reports: PerformanceStats[] = [];
  const listening = bus.on("performance_stats", (stats) => reports.push(stats));
  for (let count = 0; count < 3; count++) bus.publish("work", "fast");
  for (let count = 0; count < 3; count++) bus.publish("work", "slow");
  await clock.advance(2000);
  const work = { queueDepth: 2, pressure: 0 };
  const report = { queueDepth: 2, circuitBreakerStatus: { work: "closed" } };
  const idle = { eventsPerSecond: 0, queueDepth: 0, pressure: 0 };
  expect(reports).toEqual([
    { ...report, eventsPerSecond: 3, channels: { work: { ...work, eventsPerSecond: 3 }, idle } },
    { ...report, eventsPerSecond: 0, channels: { work: { ...work, eventsPerSecond: 0 }, idle } },
  ]);
  expect(String(reports[0]?.circuitBreakerStatus)).toBe("work: closed");
  listening[Symbol.dispose]();
  await clock.advance(2000);
  expect(reports).toHaveLength(2);
});

it("reports the last second only to those who begin to listen later, also where pressure has been read all the time", async () => {
  const clock = new VirtualClock();
  const bus = new EventBus({ backpressure: {}, channels: { work: WORK } }, { clock, heapUse: () => 0 });
  bus.addRoute({ eventType: "work", channel: "work" });
  bus.subscribe("work", () => undefined);
  for (let count = 0; count < 8; count++) bus.publish("work", count);
  await clock.advance(10_350);
  const reports: PerformanceStats[] = [];
  bus.on("performance_stats", (stats) => reports.push(stats));
  await clock.advance(100);
  for (let count = 0; count < 5; count++) bus.publish("work", count);
  await clock.advance(1900);
  expect(reports.map(({ eventsPerSecond }) => eventsPerSecond)).toEqual([5, 0]);
  const [first] = reports;
  expect(first?.channels["work"]?.eventsPerSecond).toBe(5);
});

/** Each of its intervals takes so many times as long, as those of an event loop that is late. */
class LateClock extends VirtualClock {
  override setInterval(callback: () => void, interval: number): Timer {
    return super.setInterval(callback, 4 * interval);
  }
}

it("reports events a second, however late the event loop is", async () => {
  const clock = new LateClock();
  const bus = new EventBus({ channels: { work: WORK } }, { clock });
  bus.addRoute({ eventType: "work", channel: "work" });
  bus.subscribe("work", () => undefined);
  const reports: (readonly [at: number, eventsPerSecond: number])[] = [];
  bus.on("performance_stats", ({ eventsPerSecond }) => reports.push([clock.now(), eventsPerSecond]));
  for (let count = 0; count < 6; count++) bus.publish("work", count);
  await clock.advance(2400);
  expect(reports).toEqual([
    [1200, 5],
    [2400, 0],
  ]);
});

it("counts a late event loop as pressure, as a share of the longest delay that is tolerated", async () => {
  const clock = new LateClock();
  const channels = { work: WORK };
  const levelsAt = async (maxEventLoopDelay: string) => {
    const bus = new EventBus({ backpressure: { maxEventLoopDelay }, channels }, { clock, heapUse: () => 0 });
    await clock.advance(400);
    const { pressure } = bus.stats().channels["work"] ?? {};
    await bus[Symbol.asyncDispose]();
    return pressure;
  };
  // Each reading comes 300 ms late.
  expect([await levelsAt("376ms"), await levelsAt("375ms"), await levelsAt("300ms")]).toEqual([
    "open",
    "sheds_low",
    "sheds_normal",
  ]);
});

it("says in the log what a channel refuses for pressure, and when it refuses nothing any more", async () => {
  const clock = new VirtualClock();
  let heapUse = 0;
  const logged: string[] = [];
  const log = { ...silentLog, warn: (text: string) => logged.push(text), info: (text: string) => logged.push(text) };
  new EventBus({ backpressure: {}, channels: { work: WORK } }, { clock, log, heapUse: () => heapUse });
  for (const use of [0.85, 0.97, 0.7, 0.5]) {
    heapUse = use;
    await clock.advance(100);
  }
  expect(logged).toEqual([
    "Channel work refuses low events: pressure 85 %.",
    "Channel work refuses low and normal events: pressure 97 %.",
    "Channel work refuses low events: pressure 70 %.",
    "Channel work refuses nothing for pressure any more.",
  ]);
});

it("refuses low events before normal ones and urgent ones never, and recovers", async () => {
  const clock = new VirtualClock();
  let heapUse = 0;
  const bus = new EventBus({ backpressure: {}, channels: { work: WORK } }, { clock, heapUse: () => heapUse });
  for (const priority of ["high", "normal", "low"] as const) {
    bus.addRoute({ eventType: priority, channel: "work", priority });
  }
  bus.subscribe("work", () => undefined);
  const changes: BackpressureChange[] = [];
  bus.on("backpressure", (change) => changes.push(change));
  const accepted: string[] = [];
  for (const use of [0.5, 0.85, 0.97, 0.8, 0.7, 0.5]) {
    heapUse = use;
    await clock.advance(100);
    accepted.push(["high", "normal", "low"].filter((type) => bus.publish(type, use) > 0).join());
  }
  expect(accepted).toEqual(["high,normal,low", "high,normal", "high", "high", "high,normal", "high,normal,low"]);
  expect(changes.map(({ level }) => level)).toEqual(["sheds_low", "sheds_normal", "sheds_low", "open"]);
  const { rejected, refusedForPressure, offered, accepted: let_in } = bus.stats().channels["work"] ?? {};
  expect({ rejected, refusedForPressure, offered, let_in }).toEqual({
    rejected: 6,
    refusedForPressure: 6,
    offered: 18,
    let_in: 12,
  });
  await bus[Symbol.asyncDispose]();
  expect(clock.pendingTimers).toBe(0);
});

it("counts a full queue as pressure", async () => {
  const clock = new VirtualClock();
  const bus = new EventBus({ backpressure: {}, channels: { work: WORK } }, { clock, heapUse: () => 0 });
  bus.addRoute({ eventType: "work", channel: "work" });
  bus.subscribe("work", () => clock.sleep(1000));
  for (let count = 0; count < 10; count++) bus.publish("work", count);
  await clock.advance(100);
  expect(bus.stats().channels["work"]?.pressure).toBe("sheds_low");
});

it("does not flutter around a threshold", () => {
  const valve = new PressureValve();
  const thresholds = { shedLow: 0.8, shedNormal: 0.95, hysteresis: 0.2 };
  const levels = [0.79, 0.8, 0.79, 0.61, 0.59, 0.79].map((pressure) => {
    valve.update(pressure, thresholds);
    return valve.level;
  });
  expect(levels).toEqual(["open", "sheds_low", "sheds_low", "sheds_low", "open", "open"]);
});

it("opens again when the pressure has fallen by half, where the hysteresis leaves no room below the threshold", () => {
  const valve = new PressureValve();
  const thresholds = { shedLow: 0.2, shedNormal: 0.3, hysteresis: 0.5 };
  const levels = [0.2, 0.35, 0.16, 0.14, 0.1, 0.09].map((pressure) => {
    valve.update(pressure, thresholds);
    return valve.level;
  });
  expect(levels).toEqual(["sheds_low", "sheds_normal", "sheds_normal", "sheds_low", "sheds_low", "open"]);
});
