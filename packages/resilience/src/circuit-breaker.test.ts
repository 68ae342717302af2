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

  it("has the options that channels offer in YAML, with the same defaults", () => {
    const own = JSON.parse(readFileSync(new URL("../schemas/circuit-breaker.schema.json", import.meta.url), "utf8"));
    const events = JSON.parse(
      readFileSync(new URL("../../events/schemas/events.schema.json", import.meta.url), "utf8"),
    );
    expect(events.definitions.circuitBreaker.properties).toEqual(own.properties);
  });
});
