import { VirtualClock } from "@llmspell/testkit";
import { expect, it } from "vitest";
import { EventBus } from "./event-bus.ts";
import type { ChannelOptions } from "./generated/options.ts";

const EJECTION = { consecutiveFailures: 2, openDuration: "1s", halfOpenCalls: 1 } as const;

function busWith(options: ChannelOptions) {
  const clock = new VirtualClock();
  const bus = new EventBus({ channels: { work: { priority: "critical", ...options } } }, { clock });
  bus.addRoute({ eventType: "work", channel: "work" });
  const emit = (count: number) =>
    Promise.all(Array.from({ length: count }, () => clock.runUntil(bus.emit({ type: "work", data: {} }))));
  return { clock, bus, emit };
}

it("gives a failing subscriber no events for a while, then one to try, and takes it back when it is well", async () => {
  const { clock, bus, emit } = busWith({ ejection: EJECTION });
  const handled: string[] = [];
  let isWell = false;
  bus.subscribe("work", () => void handled.push("good"));
  bus.subscribe("work", () => {
    handled.push("bad");
    if (!isWell) throw new Error("broken");
  });
  for (let round = 0; round < 8; round++) await emit(1);
  expect(handled).toEqual(["good", "bad", "good", "bad", "good", "good", "good", "good"]);
  expect(bus.stats().channels["work"]).toMatchObject({ failed: 2, delivered: 6, ejected: 1, subscribers: 2 });
  await clock.advance(1000);
  for (let round = 0; round < 3; round++) await emit(1);
  expect(handled.slice(8)).toEqual(["bad", "good", "good"]);
  isWell = true;
  await clock.advance(1000);
  for (let round = 0; round < 4; round++) await emit(1);
  expect(handled.slice(11)).toEqual(["bad", "good", "bad", "good"]);
  expect(bus.stats().channels["work"]?.ejected).toBe(0);
});

it("lets the others be the room of the channel, and retries by them", async () => {
  const { clock, bus } = busWith({ ejection: EJECTION, retries: { attempts: 3, backoff: "10ms" } });
  let underWay = 0;
  let most = 0;
  bus.subscribe("work", async () => {
    most = Math.max(most, ++underWay);
    await clock.sleep(50);
    underWay--;
  });
  bus.subscribe("work", () => Promise.reject(new Error("broken")), { concurrency: 10 });
  for (let event = 0; event < 30; event++) bus.publish({ type: "work", data: event });
  await clock.runUntil(bus.drained());
  expect(bus.stats().channels["work"]).toMatchObject({ delivered: 30, failed: 0 });
  expect(most).toBe(1);
});

it("ejects a subscriber that is slow, where that counts", async () => {
  const slow = { slowCallDuration: "100ms", minimumCalls: 3 };
  const { clock, bus, emit } = busWith({ ejection: { ...EJECTION, ...slow } });
  const handled: string[] = [];
  bus.subscribe("work", () => void handled.push("fast"));
  bus.subscribe("work", async () => {
    handled.push("slow");
    await clock.sleep(500);
  });
  for (let round = 0; round < 10; round++) await emit(1);
  expect(handled.filter((who) => who === "slow")).toHaveLength(3);
  expect(bus.stats().channels["work"]).toMatchObject({ delivered: 10, ejected: 1 });
});

it("opens the channel's breaker when handling is slow", async () => {
  const circuitBreaker = { slowCallDuration: "100ms", minimumCalls: 3, openDuration: "1s" };
  const { clock, bus, emit } = busWith({ circuitBreaker });
  bus.subscribe("work", () => clock.sleep(101));
  for (let round = 0; round < 3; round++) await emit(1);
  expect((await clock.runUntil(bus.emit({ type: "work", data: {} }))).routes[0]?.outcome).toBe("breaker_open");
  expect(bus.stats().channels["work"]).toMatchObject({ delivered: 3, failed: 0, breaker: "open" });
});
