import { describe, expect, it } from "vitest";
import { VirtualClock } from "./virtual-clock.ts";

describe("VirtualClock", () => {
  it("stands still until it is moved", async () => {
    const clock = new VirtualClock(1000);
    const fired: number[] = [];
    clock.setTimeout(() => fired.push(clock.now()), 50);
    await clock.advance(49);
    expect([clock.now(), fired]).toEqual([1049, []]);
    await clock.advance(1);
    expect([clock.now(), fired]).toEqual([1050, [1050]]);
  });

  it("fires timers in the order of their times, those of one time as they were set, each at its own time", async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    clock.setTimeout(() => fired.push(`late ${clock.now()}`), 20);
    clock.setTimeout(() => fired.push(`first ${clock.now()}`), 10);
    clock.setTimeout(() => fired.push(`second ${clock.now()}`), 10);
    clock.setTimeout(() => fired.push(`at once ${clock.now()}`), -5);
    await clock.advance(30);
    expect(fired).toEqual(["at once 0", "first 10", "second 10", "late 20"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("fires what a timer sets within the same stretch of time", async () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    const again = () => {
      fired.push(clock.now());
      if (fired.length < 3) clock.setTimeout(again, 10);
    };
    clock.setTimeout(again, 10);
    await clock.advance(100);
    expect(fired).toEqual([10, 20, 30]);
  });

  it("repeats an interval until it is cancelled, also from inside", async () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    const timer = clock.setInterval(() => {
      fired.push(clock.now());
      if (fired.length === 3) timer.cancel();
    }, 10);
    expect(timer.unref()).toBe(timer);
    await clock.advance(100);
    expect(fired).toEqual([10, 20, 30]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("lets promises settle between timers", async () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    const work = async () => {
      for (let step = 0; step < 3; step++) {
        await clock.sleep(10);
        await Promise.resolve();
        seen.push(clock.now());
      }
    };
    const done = work();
    await clock.advance(30);
    await done;
    expect(seen).toEqual([10, 20, 30]);
  });

  it("wakes a sleeper with the reason of its signal, and drops its timer", async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const slept = clock.sleep(1000, controller.signal);
    controller.abort(new Error("enough"));
    await expect(slept).rejects.toThrow("enough");
    expect(clock.pendingTimers).toBe(0);
  });

  it("runs until a promise has settled, no further", async () => {
    const clock = new VirtualClock();
    clock.setTimeout(() => undefined, 5000);
    const value = await clock.runUntil(clock.sleep(120).then(() => "done"));
    expect([value, clock.now(), clock.pendingTimers]).toEqual(["done", 120, 1]);
    await expect(clock.runUntil(Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  });

  it("says so when no timer is left that could settle a promise", async () => {
    const clock = new VirtualClock();
    await expect(clock.runUntil(new Promise(() => undefined), 50)).rejects.toThrow(
      "The promise did not settle within 50 ms of virtual time.",
    );
    await expect(clock.runUntil(clock.sleep(100), 50)).rejects.toThrow("within 50 ms");
  });
});
