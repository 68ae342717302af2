import { describe, expect, it } from "vitest";
import { sleepOn, type Timer } from "./clock.ts";
import { systemClock } from "./system-clock.ts";

/** One timer that fires when the test says so. */
class ManualTimers {
  fire: () => void = () => undefined;
  cancelled = 0;
  delays: number[] = [];

  setTimeout = (callback: () => void, delay: number): Timer => {
    this.fire = callback;
    this.delays.push(delay);
    const timer: Timer = {
      cancel: () => {
        this.cancelled++;
      },
      unref: () => timer,
    };
    return timer;
  };
}

describe("sleepOn", () => {
  it("resolves when its timer fires, and leaves no listener on the signal", async () => {
    const timers = new ManualTimers();
    const controller = new AbortController();
    const slept = sleepOn(timers, 50, controller.signal);
    expect(timers.delays).toEqual([50]);
    timers.fire();
    await slept;
    controller.abort(new Error("too late"));
    expect(timers.cancelled).toBe(0);
  });

  it("rejects with the signal's reason as soon as it aborts, and cancels its timer", async () => {
    const timers = new ManualTimers();
    const controller = new AbortController();
    const slept = sleepOn(timers, 50, controller.signal);
    const reason = new Error("stop");
    controller.abort(reason);
    await expect(slept).rejects.toBe(reason);
    expect(timers.cancelled).toBe(1);
  });

  it("sets no timer for a signal that has aborted already", async () => {
    const timers = new ManualTimers();
    await expect(sleepOn(timers, 50, AbortSignal.abort("gone"))).rejects.toBe("gone");
    expect(timers.delays).toEqual([]);
  });
});

describe("systemClock", () => {
  it("tells the time of day, and never goes back", () => {
    const first = systemClock.now();
    expect(first).toBeGreaterThan(Date.parse("2026-01-01"));
    expect(systemClock.now()).toBeGreaterThanOrEqual(first);
  });

  it("does not fire at once for a delay that is longer than Node's timers take", async () => {
    let hasFired = false;
    const timer = systemClock
      .setTimeout(() => {
        hasFired = true;
      }, 2 ** 40)
      .unref();
    await new Promise<void>((resolve) => systemClock.setTimeout(resolve, 5));
    timer.cancel();
    expect(hasFired).toBe(false);
  });
});
