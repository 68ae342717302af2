import { VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Deadline, DeadlineTimer } from "./deadline-timer.ts";

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

class Recorded extends Deadline {
  readonly #expired: Recorded[];

  constructor(expired: Recorded[]) {
    super();
    this.#expired = expired;
  }

  expire(): void {
    this.#expired.push(this);
  }
}

it("expires many with few time limits, some of them removed meanwhile, each at its time", async () => {
  const steps = fc.array(
    fc.record({ wait: fc.nat(20), limit: fc.constantFrom(10, 50, 50, 50, 200), removed: fc.option(fc.nat(30)) }),
    { maxLength: 80 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const clock = new VirtualClock();
      const timer = new DeadlineTimer(clock);
      const expired: Recorded[] = [];
      const due = new Map<Recorded, number>();
      const check = () => {
        for (const deadline of expired.splice(0)) {
          expect(due.get(deadline)).toBeLessThanOrEqual(clock.now());
          due.delete(deadline);
        }
        for (const at of due.values()) expect(at).toBeGreaterThan(clock.now());
        expect(clock.pendingTimers).toBeLessThanOrEqual(1);
      };
      for (const { wait, limit, removed } of sequence) {
        const deadline = new Recorded(expired);
        timer.start(deadline, limit, clock.now());
        due.set(deadline, clock.now() + limit);
        const other = removed === null ? undefined : [...due.keys()][removed];
        if (other !== undefined) {
          timer.remove(other);
          due.delete(other);
        }
        await clock.advance(wait);
        check();
      }
      await clock.advance(200);
      check();
      expect(due.size).toBe(0);
      expect(clock.pendingTimers).toBe(0);
    }),
    { numRuns: 60 },
  );
});

it("forgets all when it is disposed", async () => {
  const clock = new VirtualClock();
  const timer = new DeadlineTimer(clock);
  const expired: Recorded[] = [];
  const deadlines = [new Recorded(expired), new Recorded(expired)];
  for (const [index, deadline] of deadlines.entries()) timer.start(deadline, 10 * (index + 1), 0);
  timer[Symbol.dispose]();
  await clock.advance(100);
  expect(expired).toEqual([]);
  expect(deadlines.map(({ isPending }) => isPending)).toEqual([false, false]);
  expect(clock.pendingTimers).toBe(0);
});
