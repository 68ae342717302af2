import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SimulationClock } from "./simulation-clock.ts";

describe("SimulationClock", () => {
  it("fires timers in order of time, equal ones as they were set, and leaves out what was cancelled", async () => {
    const planned = fc.array(fc.record({ delay: fc.nat(50), isCancelled: fc.boolean() }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(planned, async (timers) => {
        const clock = new SimulationClock();
        const fired: number[] = [];
        const set = timers.map(({ delay }, index) =>
          clock.setTimeout(() => {
            expect(clock.now()).toBe(delay);
            fired.push(index);
          }, delay),
        );
        for (const [index, { isCancelled }] of timers.entries()) if (isCancelled) set[index]?.cancel();
        await clock.runUntil(clock.sleep(50));
        const kept = [...timers.entries()].filter(([, { isCancelled }]) => !isCancelled);
        expect(fired).toEqual(kept.sort(([, a], [, b]) => a.delay - b.delay).map(([index]) => index));
      }),
      { numRuns: 50 },
    );
  });

  it("repeats an interval until it is cancelled, also by itself", async () => {
    const clock = new SimulationClock();
    const at: number[] = [];
    const timer = clock.setInterval(() => {
      at.push(clock.now());
      if (at.length === 3) timer.cancel();
    }, 10);
    await clock.runUntil(clock.sleep(100));
    expect(at).toEqual([10, 20, 30]);
  });

  it("lets what a timer sets off settle before the next", async () => {
    const clock = new SimulationClock();
    const log: string[] = [];
    const work = async (name: string, delay: number) => {
      await clock.sleep(delay);
      for (let step = 0; step < 20; step++) await undefined;
      log.push(`${name} at ${clock.now()}`);
    };
    await clock.runUntil(Promise.all([work("first", 5), work("second", 6)]));
    expect(log).toEqual(["first at 5", "second at 6"]);
  });

  it("says so when nothing could settle the promise any more, and ends when it is told to", async () => {
    const clock = new SimulationClock();
    await expect(clock.runUntil(new Promise(() => undefined))).rejects.toThrow("stands still");
    clock.setInterval(() => undefined, 10);
    const stopped = AbortSignal.abort(new Error("enough"));
    await expect(clock.runUntil(new Promise(() => undefined), stopped)).rejects.toThrow("enough");
  });
});
