import { VirtualClock } from "@llmspell/testkit";
import { expect, it } from "vitest";
import { EventBus } from "./event-bus.ts";

function createBus() {
  const bus = new EventBus({ channels: { work: { priority: "critical" }, other: {} } }, { clock: new VirtualClock() });
  for (const channel of ["work", "other"]) {
    bus.addRoute({ eventType: channel, channel });
    bus.subscribe(channel, () => undefined);
  }
  return bus;
}

it("shows what its channel accepts, as it comes, and takes part in nothing", async () => {
  const bus = createBus();
  const seen: unknown[] = [];
  for (let data = 0; data < 3; data++) bus.publish("work", data);
  const reading = (async () => {
    for await (const { data } of bus.tap("work")) {
      seen.push(data);
      if (data === 5) break;
    }
  })();
  for (let data = 3; data < 7; data++) bus.publish("work", data);
  bus.publish("other", "else");
  await reading;
  bus.publish("work", 8);
  expect(seen).toEqual([3, 4, 5]);
  expect(bus.stats().channels["work"]).toMatchObject({ subscribers: 1, delivered: 8 });
});

it("misses the oldest when its reader is slow, and ends when it is disposed", async () => {
  const bus = createBus();
  const tap = bus.tap("work", 2);
  for (let data = 0; data < 5; data++) bus.publish("work", data);
  expect([(await tap.next()).value?.data, (await tap.next()).value?.data, tap.missed]).toEqual([3, 4, 3]);
  const waiting = tap.next();
  tap[Symbol.dispose]();
  expect([(await waiting).done, (await tap.next()).done]).toEqual([true, true]);
});

it("gives each of several that wait an event of its own, in their order", async () => {
  const bus = createBus();
  const tap = bus.tap("work");
  const [first, second, third] = [tap.next(), tap.next(), tap.next()];
  for (let data = 1; data <= 2; data++) bus.publish("work", data);
  expect([(await first).value?.data, (await second).value?.data]).toEqual([1, 2]);
  tap[Symbol.dispose]();
  expect((await third).done).toBe(true);
});

it("ends when the bus stops, after what was accepted before that", async () => {
  const bus = createBus();
  const seen: unknown[] = [];
  const read = async (channel: string) => {
    for await (const { data } of bus.tap(channel)) seen.push(data);
  };
  const reading = [read("work"), read("other")];
  for (let data = 1; data <= 3; data++) bus.publish("work", data);
  await bus[Symbol.asyncDispose]();
  await Promise.all([...reading, read("work")]);
  expect(seen).toEqual([1, 2, 3]);
});
