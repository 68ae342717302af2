import { VirtualClock } from "@llmspell/testkit";
import { expect, it } from "vitest";
import { EventBus } from "./event-bus.ts";
import type { ChannelOptions } from "./generated/options.ts";

function createBus(work: ChannelOptions = {}) {
  const clock = new VirtualClock();
  const bus = new EventBus({ channels: { work } }, { clock });
  bus.addRoute({ eventType: "work", channel: "work" });
  return { bus, clock };
}

it("hands out full batches at once, and what is left after the wait", async () => {
  const { bus, clock } = createBus();
  const batches: unknown[] = [];
  bus.subscribeBatch("work", (events) => void batches.push([clock.now(), events.map(({ data }) => data)]), { size: 3 });
  for (let data = 0; data < 7; data++) bus.publish("work", data);
  await clock.runUntil(bus.drained());
  expect(batches).toEqual([
    [0, [0, 1, 2]],
    [0, [3, 4, 5]],
    [10, [6]],
  ]);
  expect(bus.stats().channels["work"]).toMatchObject({ delivered: 7, inFlight: 0 });
});

it("handles one batch at a time, or as many as it is told", async () => {
  const { bus, clock } = createBus();
  let running = 0;
  let most = 0;
  const handle = async () => {
    most = Math.max(most, ++running);
    await clock.sleep(100);
    running--;
  };
  bus.subscribeBatch("work", handle, { size: 2, concurrency: 2 });
  for (let data = 0; data < 12; data++) bus.publish("work", data);
  await clock.runUntil(bus.drained());
  expect([most, clock.now()]).toEqual([2, 300]);
});

it("fails all events of a batch that fails, and tries each again", async () => {
  const { bus, clock } = createBus({ retries: { attempts: 2 } });
  const sizes: number[] = [];
  bus.subscribeBatch("work", (events) => {
    sizes.push(events.length);
    if (sizes.length === 1) throw new Error("not yet");
  });
  for (let data = 0; data < 5; data++) bus.publish("work", data);
  await clock.runUntil(bus.drained());
  expect(sizes[0]).toBe(5);
  expect(bus.stats().channels["work"]).toMatchObject({ delivered: 5, failed: 0, retries: 5 });
});

it("gives what is still filling to others when it is cut off", async () => {
  const { bus, clock } = createBus();
  const cut = new AbortController();
  const batches: number[] = [];
  bus.subscribeBatch("work", (events) => void batches.push(events.length), { signal: cut.signal });
  for (let data = 0; data < 5; data++) bus.publish("work", data);
  await clock.advance(5);
  cut.abort();
  const others: unknown[] = [];
  bus.subscribe("work", ({ data }) => void others.push(data));
  await clock.runUntil(bus.drained());
  expect([batches, others.length]).toEqual([[], 5]);
  expect(bus.stats().channels["work"]).toMatchObject({ delivered: 5, failed: 0 });
});
