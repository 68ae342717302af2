import { VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { DeadlineTimer } from "./deadline-timer.ts";

it("expires what was not removed, in order of time, on one timer", async () => {
  const deadlines = fc.array(fc.record({ at: fc.nat(1000), isRemoved: fc.boolean() }), { maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(deadlines, async (planned) => {
      const clock = new VirtualClock();
      const timer = new DeadlineTimer(clock);
      const expired: number[] = [];
      const added = planned.map(({ at, isRemoved }) => ({
        isRemoved,
        deadline: timer.add(at, () => {
          expect(clock.now()).toBe(at);
          expired.push(at);
        }),
      }));
      for (const { isRemoved, deadline } of added) if (isRemoved) timer.remove(deadline);
      expect(clock.pendingTimers).toBeLessThanOrEqual(1);
      await clock.advance(1000);
      const kept = planned.filter(({ isRemoved }) => !isRemoved).map(({ at }) => at);
      expect(expired).toEqual(kept.sort((a, b) => a - b));
      expect(clock.pendingTimers).toBe(0);
    }),
    { numRuns: 50 },
  );
});

it("lets a deadline that expires add another, and remove one that is due at the same time", async () => {
  const clock = new VirtualClock();
  const timer = new DeadlineTimer(clock);
  const expired: string[] = [];
  timer.add(10, () => {
    expired.push("first");
    timer.remove(second);
    timer.add(20, () => expired.push("third"));
  });
  const second = timer.add(10, () => expired.push("second"));
  await clock.advance(30);
  expect(expired).toEqual(["first", "third"]);
});
