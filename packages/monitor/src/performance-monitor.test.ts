import type { Log, Reading } from "@llmspell/base";
import { silentLog } from "@llmspell/base";
import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { PerformanceMonitor } from "./performance-monitor.ts";

function channel(name: string, done: number): Reading {
  return { part: "channel", name, in: done, out: done, shed: 0, failed: 0, pending: 0 };
}

/** A counter that grows by 5 every 10 ms of the clock. */
function growing(clock: VirtualClock): () => readonly Reading[] {
  return () => [channel("work", clock.now() / 2)];
}

describe("PerformanceMonitor", () => {
  it("samples at once and then at every interval, until it is stopped", async () => {
    const clock = new VirtualClock();
    const monitor = new PerformanceMonitor({ interval: "50ms" }, { collect: growing(clock), clock });
    monitor.start();
    monitor.start();
    await clock.advance(120);
    monitor.stop();
    await clock.advance(1000);
    expect(monitor.history("channel", "work").map(({ at, reading }) => [at, reading.in])).toEqual([
      [0, 0],
      [50, 25],
      [100, 50],
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("goes on where it was when it is started again", async () => {
    const clock = new VirtualClock();
    const monitor = new PerformanceMonitor({ interval: "50ms" }, { collect: growing(clock), clock });
    monitor.start();
    monitor.stop();
    await clock.advance(500);
    monitor.start();
    expect(monitor.history("channel", "work").map(({ at }) => at)).toEqual([0, 500]);
  });

  it("keeps only as many samples as it is told, the newest", async () => {
    const clock = new VirtualClock();
    const monitor = new PerformanceMonitor({ interval: "10ms", history: 3 }, { collect: growing(clock), clock });
    monitor.start();
    await clock.advance(75);
    expect(monitor.history("channel", "work").map(({ at }) => at)).toEqual([50, 60, 70]);
  });

  it("samples every 100 ms unless told otherwise", async () => {
    const clock = new VirtualClock();
    const monitor = new PerformanceMonitor(undefined, { collect: growing(clock), clock });
    monitor.start();
    await clock.advance(1000);
    expect(monitor.history("channel", "work")).toHaveLength(11);
  });

  it("gives the figures as of now, not as of the last sample", async () => {
    const clock = new VirtualClock();
    const monitor = new PerformanceMonitor({ interval: "100ms" }, { collect: growing(clock), clock });
    monitor.start();
    await clock.advance(150);
    const { at, parts } = monitor.snapshot();
    expect(at).toBe(150);
    expect(parts[0]?.reading.in).toBe(75);
    expect(parts[0]?.rates).toEqual({ in: 500, out: 500, shed: 0, failed: 0 });
  });

  it("takes rates over the last second only", async () => {
    const clock = new VirtualClock();
    let done = 0;
    const monitor = new PerformanceMonitor({ interval: "100ms" }, { collect: () => [channel("work", done)], clock });
    monitor.start();
    done = 10_000;
    await clock.advance(5000);
    expect(monitor.snapshot().parts[0]?.rates.in).toBe(0);
    done += 30;
    await clock.advance(500);
    expect(monitor.snapshot().parts[0]?.rates.in).toBe(30);
  });

  it("has no rates for a part that it has not sampled", () => {
    const clock = new VirtualClock();
    const monitor = new PerformanceMonitor({}, { collect: () => [channel("new", 7)], clock });
    expect(monitor.snapshot().parts).toEqual([
      { reading: channel("new", 7), rates: { in: 0, out: 0, shed: 0, failed: 0 } },
    ]);
    expect(monitor.history("channel", "new")).toEqual([]);
  });

  it("keeps parts of one name but of different sorts apart", () => {
    const readings = [channel("search", 1), { ...channel("search", 2), part: "pool" }];
    const monitor = new PerformanceMonitor({}, { collect: () => readings, clock: new VirtualClock() });
    monitor.start();
    expect(monitor.history("pool", "search")[0]?.reading.in).toBe(2);
    expect(monitor.history("channel", "search")[0]?.reading.in).toBe(1);
    monitor.stop();
  });

  it("counts the samples that it could not take, says so once, and goes on", async () => {
    const clock = new VirtualClock();
    const messages: string[] = [];
    const log: Log = { ...silentLog, error: (message) => messages.push(message) };
    let isBroken = true;
    const collect = () => {
      if (isBroken) throw new Error("no figures");
      return [channel("work", 1)];
    };
    const monitor = new PerformanceMonitor({ interval: "10ms" }, { collect, clock, log });
    monitor.start();
    await clock.advance(30);
    isBroken = false;
    await clock.advance(10);
    expect(monitor.snapshot().missedSamples).toBe(4);
    expect(monitor.history("channel", "work")).toHaveLength(1);
    expect(messages).toEqual(["The monitor could not read the figures: no figures"]);
  });

  it.each([
    [{ interval: "5ms" }, "LLMSPELL_E_MONITOR_INTERVAL"],
    [{ interval: 0 }, "LLMSPELL_E_MONITOR_INTERVAL"],
    [{ interval: "often" }, "LLMSPELL_E_DURATION"],
    [{ history: 1 }, "LLMSPELL_E_MONITOR_HISTORY"],
    [{ history: 2.5 }, "LLMSPELL_E_MONITOR_HISTORY"],
  ])("refuses %o", (options, code) => {
    const create = () => new PerformanceMonitor(options, { collect: () => [] });
    expect(create).toThrow(expect.objectContaining({ code }));
  });
});
