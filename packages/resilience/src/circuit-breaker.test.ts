import { readFileSync } from "node:fs";
import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { CircuitBreaker } from "./circuit-breaker.ts";

const OPTIONS = { threshold: 0.5, window: "10s", minimumCalls: 4, openDuration: "5s", halfOpenCalls: 2 } as const;

function call(breaker: CircuitBreaker, succeeded: boolean): boolean {
  const permit = breaker.tryAcquire();
  if (permit === undefined) return false;
  breaker.record(permit, succeeded);
  return true;
}

function permitOf(breaker: CircuitBreaker): number {
  const permit = breaker.tryAcquire();
  if (permit === undefined) throw new Error("The breaker allows no call.");
  return permit;
}

function opened(clock: VirtualClock): CircuitBreaker {
  const breaker = new CircuitBreaker(OPTIONS, { clock });
  for (let calls = 0; calls < 4; calls++) call(breaker, false);
  return breaker;
}

describe("CircuitBreaker", () => {
  it("stays closed below the minimum of calls, however many fail", () => {
    const breaker = new CircuitBreaker(OPTIONS, { clock: new VirtualClock() });
    for (let calls = 0; calls < 3; calls++) expect(call(breaker, false)).toBe(true);
    expect(breaker.state).toBe("closed");
  });

  it("opens when the share of failures reaches the threshold", () => {
    const breaker = new CircuitBreaker(OPTIONS, { clock: new VirtualClock() });
    for (const succeeded of [true, true, true, false, false]) call(breaker, succeeded);
    expect(breaker.state).toBe("closed");
    call(breaker, false);
    expect(breaker.state).toBe("open");
    expect(breaker.tryAcquire()).toBeUndefined();
  });

  it("forgets failures that have left the window", async () => {
    const clock = new VirtualClock();
    const breaker = new CircuitBreaker(OPTIONS, { clock });
    for (let calls = 0; calls < 3; calls++) call(breaker, false);
    await clock.advance(10_001);
    call(breaker, false);
    expect(breaker.state).toBe("closed");
  });

  it("still counts failures that are inside the window, in other slices", async () => {
    const clock = new VirtualClock();
    const breaker = new CircuitBreaker(OPTIONS, { clock });
    for (let calls = 0; calls < 4; calls++) {
      call(breaker, false);
      if (calls < 3) await clock.advance(2000);
    }
    expect(breaker.state).toBe("open");
  });

  it("says when it lets a trial through, and is half-open then", async () => {
    const clock = new VirtualClock();
    const breaker = opened(clock);
    expect(breaker.retryAfter).toBe(5000);
    await clock.advance(4999);
    expect([breaker.state, breaker.tryAcquire()]).toEqual(["open", undefined]);
    await clock.advance(1);
    expect([breaker.state, breaker.retryAfter]).toEqual(["half_open", 0]);
  });

  it("lets only so many trials through and closes when all succeed", async () => {
    const clock = new VirtualClock();
    const breaker = opened(clock);
    await clock.advance(5000);
    const [first, second] = [permitOf(breaker), permitOf(breaker)];
    expect(breaker.tryAcquire()).toBeUndefined();
    breaker.record(first, true);
    expect(breaker.state).toBe("half_open");
    breaker.record(second, true);
    expect(breaker.state).toBe("closed");
    for (let calls = 0; calls < 3; calls++) call(breaker, false);
    expect(breaker.state).toBe("closed");
  });

  it("opens again when a trial fails", async () => {
    const clock = new VirtualClock();
    const breaker = opened(clock);
    await clock.advance(5000);
    call(breaker, false);
    expect([breaker.state, breaker.retryAfter]).toEqual(["open", 5000]);
  });

  it("gives a cancelled trial to the next call", async () => {
    const clock = new VirtualClock();
    const breaker = opened(clock);
    await clock.advance(5000);
    breaker.tryAcquire();
    breaker.release(permitOf(breaker));
    permitOf(breaker);
    expect(breaker.tryAcquire()).toBeUndefined();
  });

  it("does not take calls from before it opened for trials, however they end", async () => {
    const clock = new VirtualClock();
    const breaker = new CircuitBreaker(OPTIONS, { clock });
    const before = permitOf(breaker);
    for (let calls = 0; calls < 4; calls++) call(breaker, false);
    breaker.record(before, true);
    await clock.advance(5000);
    const trials = [permitOf(breaker), permitOf(breaker)];
    breaker.release(before);
    expect(breaker.tryAcquire()).toBeUndefined();
    breaker.record(before, false);
    expect(breaker.state).toBe("half_open");
    for (const trial of trials) breaker.record(trial, true);
    expect(breaker.state).toBe("closed");
    for (let calls = 0; calls < 4; calls++) breaker.record(before, false);
    expect(breaker.state).toBe("closed");
  });

  it("opens after so many failures in a row, however few calls there were", () => {
    const breaker = new CircuitBreaker(
      { ...OPTIONS, minimumCalls: 100, consecutiveFailures: 3 },
      { clock: new VirtualClock() },
    );
    for (const succeeded of [false, false, true, false, false]) call(breaker, succeeded);
    expect(breaker.state).toBe("closed");
    call(breaker, false);
    expect(breaker.state).toBe("open");
  });

  it("counts failures in a row over any time, and anew once it has closed again", async () => {
    const clock = new VirtualClock();
    const breaker = new CircuitBreaker({ ...OPTIONS, minimumCalls: 100, consecutiveFailures: 2 }, { clock });
    call(breaker, false);
    await clock.advance(1_000_000);
    call(breaker, false);
    expect(breaker.state).toBe("open");
    await clock.advance(5000);
    for (let trial = 0; trial < 2; trial++) call(breaker, true);
    call(breaker, false);
    expect(breaker.state).toBe("closed");
  });

  describe("with slow calls", () => {
    const SLOW = { ...OPTIONS, slowCallDuration: "1s", slowCallThreshold: 0.5 } as const;

    function timed(breaker: CircuitBreaker, duration: number): void {
      breaker.record(permitOf(breaker), true, undefined, duration);
    }

    it("opens when the share of slow calls reaches its threshold, though all succeed", () => {
      const breaker = new CircuitBreaker(SLOW, { clock: new VirtualClock() });
      for (const duration of [1, 1000, 1001]) timed(breaker, duration);
      expect(breaker.state).toBe("closed");
      timed(breaker, 5000);
      expect(breaker.state).toBe("open");
    });

    it("opens again when a trial is slow", async () => {
      const clock = new VirtualClock();
      const breaker = new CircuitBreaker(SLOW, { clock });
      for (let calls = 0; calls < 4; calls++) timed(breaker, 2000);
      await clock.advance(5000);
      timed(breaker, 1001);
      expect(breaker.state).toBe("open");
    });

    it("opens only when all are slow, where no share is given", () => {
      const breaker = new CircuitBreaker({ ...OPTIONS, slowCallDuration: "1s" }, { clock: new VirtualClock() });
      for (const duration of [0, 2000, 2000, 2000, 2000]) timed(breaker, duration);
      expect(breaker.state).toBe("closed");
    });

    it("says whether it wants to know how long calls take", () => {
      const clock = new VirtualClock();
      const wants = [SLOW, OPTIONS].map((options) => new CircuitBreaker(options, { clock }).watchesDuration);
      expect(wants).toEqual([true, false]);
    });
  });

  it("says whether a call is allowed without using up a trial", async () => {
    const clock = new VirtualClock();
    const breaker = opened(clock);
    expect(breaker.allowsCall).toBe(false);
    await clock.advance(5000);
    const allowed = [breaker.allowsCall, breaker.allowsCall, breaker.allowsCall];
    permitOf(breaker);
    allowed.push(breaker.allowsCall);
    permitOf(breaker);
    allowed.push(breaker.allowsCall);
    expect(allowed).toEqual([true, true, true, true, false]);
  });

  it("closes and forgets when it is reset", () => {
    const breaker = opened(new VirtualClock());
    breaker.reset();
    for (let calls = 0; calls < 3; calls++) call(breaker, false);
    expect(breaker.state).toBe("closed");
  });

  it("reads no clock for a call that is allowed while it is closed", () => {
    const clock = new VirtualClock();
    const breaker = new CircuitBreaker(OPTIONS, { clock });
    clock.now = () => {
      throw new Error("The clock was read.");
    };
    breaker.record(permitOf(breaker), true, 0);
  });

  it.each([0, 1, 3, 7])("counts %i successes at once as it does one by one", (count) => {
    const failuresUntilOpen = (succeed: (breaker: CircuitBreaker) => void, options: object) => {
      const breaker = new CircuitBreaker({ ...OPTIONS, ...options }, { clock: new VirtualClock() });
      call(breaker, false);
      succeed(breaker);
      let failures = 0;
      while (call(breaker, false)) failures++;
      // What succeeds now was allowed before it opened.
      succeed(breaker);
      expect(breaker.state).toBe("open");
      return failures;
    };
    const atOnce = (breaker: CircuitBreaker) => breaker.recordSuccesses(1, count, 0);
    const oneByOne = (breaker: CircuitBreaker) => {
      for (let calls = 0; calls < count; calls++) breaker.record(1, true, 0);
    };
    for (const options of [{}, { threshold: 1, consecutiveFailures: 3 }]) {
      expect(failuresUntilOpen(atOnce, options)).toBe(failuresUntilOpen(oneByOne, options));
    }
  });

  it("has the options that channels offer in YAML, with the same defaults", () => {
    const own = JSON.parse(readFileSync(new URL("../schemas/circuit-breaker.schema.json", import.meta.url), "utf8"));
    const events = JSON.parse(
      readFileSync(new URL("../../events/schemas/events.schema.json", import.meta.url), "utf8"),
    );
    expect(events.definitions.circuitBreaker.properties).toEqual(own.properties);
  });
});
