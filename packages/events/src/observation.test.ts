import { VirtualClock } from "@llmspell/testkit";
import { expect, it } from "vitest";
import { EventBus } from "./event-bus.ts";

it("tells observers of each accepted event once, before it is handled, whichever way it came", async () => {
  const bus = new EventBus({ channels: { a: { priority: "critical" }, b: {} } }, { clock: new VirtualClock() });
  const seen: unknown[] = [];
  for (const channel of ["a", "b"]) {
    bus.addRoute({ eventType: "work", channel });
    bus.subscribe(channel, ({ data }) => void seen.push(`${channel}${data}`));
  }
  // Two in a row open the fast lane.
  for (let data = 0; data < 2; data++) bus.publish("only_a", data);
  const observation = bus.observe(({ type, data }) => void seen.push([type, data]));
  bus.observe(() => {
    throw new Error("not my fault");
  });
  bus.publish("work", 1);
  await bus.emit({ type: "work", data: 2 });
  await bus.emit({ type: "unknown", data: 3 });
  expect(seen).toEqual([["work", 1], "a1", ["work", 2], "a2", "b1", "b2"]);
  observation[Symbol.dispose]();
  bus.publish("work", 4);
  expect(seen.at(-1)).toBe("a4");
});

it("sees what comes in a row after others that opened the fast lane", () => {
  const bus = new EventBus({ channels: { a: { priority: "critical" } } }, { clock: new VirtualClock() });
  bus.addRoute({ eventType: "work", channel: "a" });
  bus.subscribe("a", () => undefined);
  for (let data = 0; data < 10; data++) bus.publish("work", data);
  const seen: unknown[] = [];
  using _observation = bus.observe(({ data }) => void seen.push(data));
  for (let data = 10; data < 15; data++) bus.publish("work", data);
  expect(seen).toEqual([10, 11, 12, 13, 14]);
});
