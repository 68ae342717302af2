import { VirtualClock } from "@llmspell/testkit";
import { expect, it } from "vitest";
import type { BusEvent } from "./bus-event.ts";
import { EventBus } from "./event-bus.ts";

it("does not hand out what it is too late for, tells who waits, counts it and passes it on", async () => {
  const clock = new VirtualClock();
  const bus = new EventBus({ channels: { work: { priority: "high", deadLetter: "dead" }, dead: {} } }, { clock });
  bus.addRoute({ eventType: "work", channel: "work" });
  const handled: unknown[] = [];
  const dead: BusEvent[] = [];
  bus.subscribe("work", async ({ data }) => {
    handled.push(data);
    await clock.sleep(50);
  });
  bus.subscribe("dead", (event) => void dead.push(event));
  const emits = ["first", "late", "in time", "whenever"].map((data) =>
    bus.emit({ type: "work", data, ttl: { late: "49ms", "in time": "51ms" }[data] }),
  );
  const outcomes = (await clock.runUntil(Promise.all(emits))).map(({ routes }) => routes[0]?.outcome);
  expect(outcomes).toEqual(["delivered", "expired", "delivered", "delivered"]);
  expect(handled).toEqual(["first", "in time", "whenever"]);
  await clock.runUntil(bus.drained());
  expect(dead.map(({ data, deadLetter, expiresAt }) => [data, deadLetter, expiresAt])).toEqual([
    ["late", { channel: "work", reason: "expired", attempts: 0, history: [] }, undefined],
  ]);
  expect(bus.stats().channels["work"]).toMatchObject({
    ...{ accepted: 4, delivered: 3, expired: 1, failed: 0 },
    ...{ deadLettered: 0, expiredDeadLettered: 1, expiredDeadLettersRefused: 0 },
  });
});
