import type { Timer } from "@llmspell/base";
import { VirtualClock } from "@llmspell/testkit";
import { expect, it } from "vitest";
import { FlowGate } from "./flow-gate.ts";
import type { Priority } from "./priority.ts";

function gateAt(rate: number, places = 100): { gate: FlowGate; clock: VirtualClock } {
  const clock = new VirtualClock();
  return { gate: new FlowGate(rate, places, clock), clock };
}

/** How many of so many events come in at once. */
function admitted(gate: FlowGate, priority: Priority, count: number): number {
  let total = 0;
  for (let index = 0; index < count; index++) total += Number(gate.admits(priority));
  return total;
}

it("lets everything in while there is no limit", () => {
  const { gate } = gateAt(Number.POSITIVE_INFINITY);
  expect(gate.isLimiting).toBe(false);
  expect(admitted(gate, "low", 10_000)).toBe(10_000);
});

it("lets in a burst of a fifth of a second, then the rate, and urgent events always", async () => {
  const { gate, clock } = gateAt(100);
  expect(admitted(gate, "normal", 50)).toBe(20);
  await clock.advance(50);
  expect(admitted(gate, "normal", 50)).toBe(5);
  expect([admitted(gate, "high", 50), admitted(gate, "critical", 50)]).toEqual([50, 50]);
  expect(admitted(gate, "normal", 50)).toBe(0);
});

it("keeps half of its burst for normal events, and gives low ones the whole rate when there are no others", async () => {
  const { gate, clock } = gateAt(100);
  expect(admitted(gate, "low", 50)).toBe(10);
  expect(admitted(gate, "normal", 5)).toBe(5);
  await clock.advance(100);
  expect(admitted(gate, "low", 50)).toBe(5);
  await clock.advance(100);
  expect(admitted(gate, "low", 50)).toBe(10);
});

it("lets low events in at rates below one a second too", async () => {
  const { gate, clock } = gateAt(0.5);
  expect(admitted(gate, "low", 5)).toBe(1);
  await clock.advance(1999);
  expect(admitted(gate, "low", 5)).toBe(0);
  await clock.advance(1);
  expect(admitted(gate, "low", 5)).toBe(1);
});

it("lets those who wait in at the rate and in their order, normal events before low ones", async () => {
  const { gate, clock } = gateAt(10);
  admitted(gate, "normal", 2);
  const order: string[] = [];
  for (const [priority, name] of [
    ["low", "low 1"],
    ["normal", "normal 1"],
    ["normal", "normal 2"],
  ] as const) {
    void gate.wait(priority, undefined).then(() => order.push(`${name} at ${clock.now()}`));
  }
  expect(gate.waiting).toBe(3);
  await clock.advance(2000);
  expect(order).toEqual(["normal 1 at 100", "normal 2 at 200", "low 1 at 400"]);
  expect([gate.waiting, clock.pendingTimers]).toEqual([0, 0]);
});

it("has nobody overtake those who wait, but normal events pass low ones", async () => {
  const { gate, clock } = gateAt(100);
  expect(admitted(gate, "low", 50)).toBe(10);
  void gate.wait("low", undefined);
  expect([gate.admits("low"), gate.admits("normal")]).toEqual([false, true]);
  void gate.wait("normal", undefined);
  expect(gate.admits("normal")).toBe(false);
  await clock.advance(1000);
  expect([gate.waiting, gate.admits("normal")]).toEqual([0, true]);
});

it("lets a low event in after it has waited for a second, however many normal ones there are", async () => {
  const { gate, clock } = gateAt(10);
  await clock.advance(5000);
  const waited: number[] = [];
  const emitLow = async () => {
    await gate.wait("low", undefined);
    waited.push(clock.now());
  };
  void emitLow();
  for (let time = 0; time < 3000; time += 10) {
    admitted(gate, "normal", 5);
    void gate.wait("normal", undefined);
    await clock.advance(10);
  }
  expect(waited).toEqual([expect.toSatisfy((time: number) => time >= 6000 && time <= 6200)]);
});

/** Its timers are late, as real ones are: whoever comes in between takes the token that they were set for. */
class LateClock extends VirtualClock {
  override setTimeout(callback: () => void, delay: number): Timer {
    return super.setTimeout(callback, delay + 3.3);
  }
}

it("does so too where the normal ones do not wait, but take each token at once", async () => {
  const clock = new LateClock();
  const gate = new FlowGate(25, 100, clock);
  let taken = admitted(gate, "normal", 10);
  let waited = 0;
  const emitLow = async () => {
    await gate.wait("low", undefined);
    waited = clock.now();
  };
  clock.setInterval(() => {
    taken += admitted(gate, "normal", 5);
  }, 1);
  void emitLow();
  await clock.advance(2000);
  expect(waited).toBeGreaterThanOrEqual(1000);
  expect(waited).toBeLessThanOrEqual(1200);
  expect(taken).toBeGreaterThanOrEqual(5 + 47);
  expect(taken).toBeLessThanOrEqual(5 + 49);
});

it("gives a low event that has waited for a second the next token also where tokens come seldom", async () => {
  const { gate, clock } = gateAt(0.1);
  expect(admitted(gate, "normal", 5)).toBe(2);
  const turn = gate.wait("low", undefined).then(() => clock.now());
  const taken: number[] = [];
  for (let time = 0; time < 25_000; time += 100) {
    await clock.advance(100);
    if (gate.admits("normal")) taken.push(clock.now());
  }
  // It looks again at most 10 ms after the token has come.
  expect([Math.floor((await turn) / 100), taken]).toEqual([100, [20_000]]);
});

it("has places for as many as it was told, of normal and of low events each", () => {
  const { gate } = gateAt(1, 2);
  for (let count = 0; count < 2; count++) void gate.wait("low", undefined);
  expect([gate.hasPlaceFor("low"), gate.hasPlaceFor("normal")]).toEqual([false, true]);
});

it("lets everybody in when the limit goes, and gives nothing in advance when one comes", async () => {
  const { gate, clock } = gateAt(1);
  admitted(gate, "normal", 2);
  const turns = [gate.wait("normal", undefined), gate.wait("low", undefined)];
  gate.setRate(Number.POSITIVE_INFINITY);
  expect(await Promise.all(turns)).toEqual([true, true]);
  expect(clock.pendingTimers).toBe(0);
  gate.setRate(100);
  expect(admitted(gate, "normal", 5)).toBe(0);
  await clock.advance(10);
  expect(admitted(gate, "normal", 5)).toBe(1);
});

it("reckons what has come in so far at the rate that there was", async () => {
  const { gate, clock } = gateAt(100);
  admitted(gate, "normal", 20);
  await clock.advance(100);
  gate.setRate(1000);
  expect(admitted(gate, "normal", 50)).toBe(10);
  gate.setRate(10);
  await clock.advance(100);
  expect(admitted(gate, "normal", 50)).toBe(1);
});

it("turns away those who give up, and everybody when it closes", async () => {
  const { gate, clock } = gateAt(1);
  admitted(gate, "normal", 2);
  const abort = new AbortController();
  const given = gate.wait("normal", abort.signal);
  const waited = gate.wait("low", undefined);
  abort.abort();
  expect(await given).toBe(false);
  expect(gate.waiting).toBe(1);
  gate.close();
  expect(await waited).toBe(false);
  expect(clock.pendingTimers).toBe(0);
});
