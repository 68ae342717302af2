import { VirtualClock } from "@llmspell/testkit";
import { expect, it } from "vitest";
import { EventBus } from "./event-bus.ts";

it("gives a row to those who are there, also when somebody leaves or joins in the middle of it", async () => {
  const clock = new VirtualClock();
  const bus = new EventBus({ channels: { work: {} } }, { clock });
  bus.addRoute({ eventType: "work", channel: "work" });
  const seen: string[] = [];
  bus.subscribe("work", ({ data }) => {
    seen.push(`first ${data}`);
    if (data === 3) leaving[Symbol.dispose]();
    if (data === 5) bus.subscribe("work", ({ data: other }) => void seen.push(`joined ${other}`), { group: "joined" });
  });
  const leaving = bus.subscribe("work", ({ data }) => void seen.push(`leaving ${data}`), { group: "leaving" });
  for (let data = 0; data < 8; data++) bus.publish("work", data);
  await clock.runUntil(bus.drained());
  const saw = (who: string) => seen.filter((entry) => entry.startsWith(who)).map((entry) => Number(entry.slice(-1)));
  expect(saw("first")).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  // Who takes part in an event is settled when its handling begins.
  expect(saw("leaving")).toEqual([0, 1, 2, 3]);
  expect(saw("joined")).toEqual([6, 7]);
  expect(bus.stats().channels["work"]).toMatchObject({ accepted: 8, delivered: 8, waiting: 0, inFlight: 0 });
});
