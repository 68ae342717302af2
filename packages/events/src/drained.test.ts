import { VirtualClock } from "@llmspell/testkit";
import { expect, it } from "vitest";
import { EventBus } from "./event-bus.ts";
import type { ChannelOptions } from "./generated/options.ts";
import type { BusEvent, Queue } from "./index.ts";
import { MemoryQueue } from "./memory-queue.ts";

/** Keeps what comes for the next run, as one on disk does, and takes 5 ms to store it. */
class StoringQueue extends MemoryQueue implements Queue {
  override readonly durable = true;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    super();
    this.#clock = clock;
  }

  override async enqueue(event: BusEvent): Promise<void> {
    await this.#clock.sleep(5);
    super.enqueue(event, "normal");
  }
}

/** A bus with the one channel `work`, which has room for one event and makes emitters wait for it. */
async function createBlockingBus(createQueue: (clock: VirtualClock) => Queue, options: ChannelOptions = {}) {
  const clock = new VirtualClock();
  const bus = new EventBus(
    { channels: { work: { capacity: 1, overflow: "block", ...options } } },
    { clock, createQueue: () => createQueue(clock) },
  );
  bus.addRoute({ eventType: "work", channel: "work" });
  await bus.open();
  return { bus, clock, statsOfWork: () => bus.stats().channels["work"] };
}

const inMemory = () => new MemoryQueue();
const durable = (clock: VirtualClock) => new StoringQueue(clock);

it("refuses those who wait for room when the last subscriber leaves, as it would refuse them now, and tells who waits for the end", async () => {
  const { bus, clock, statsOfWork } = await createBlockingBus(inMemory);
  const subscriptions = [1, 2].map((id) => bus.subscribe("work", () => clock.sleep(100), { id: `s${id}` }));
  for (let data = 1; data <= 3; data++) {
    bus.publish("work", data);
    await clock.advance(0);
  }
  const emits = [4, 5].map((data) => bus.emit({ type: "work", data }));
  const drained = bus.drained();
  subscriptions[0]?.[Symbol.dispose]();
  expect(statsOfWork()).toMatchObject({ blocked: 2, noSubscribers: 0 });
  subscriptions[1]?.[Symbol.dispose]();
  await clock.runUntil(drained);
  const outcomes = (await Promise.all(emits)).map(({ outcome, routes }) => [outcome, routes[0]?.outcome]);
  expect(outcomes).toEqual([
    ["no_subscribers", "no_subscribers"],
    ["no_subscribers", "no_subscribers"],
  ]);
  expect(statsOfWork()).toMatchObject({ blocked: 0, noSubscribers: 2, inFlight: 0, waiting: 1, delivered: 2 });
  expect(bus.stats()).toMatchObject({ emitting: 0, noSubscribers: 2 });
});

it("keeps what waits in the queue for the next subscriber, and lets in who comes with it", async () => {
  const { bus, clock, statsOfWork } = await createBlockingBus(inMemory);
  bus.subscribe("work", () => undefined)[Symbol.dispose]();
  const first = bus.subscribe("work", () => undefined);
  bus.publish("work", 1);
  first[Symbol.dispose]();
  await bus.drained();
  expect(statsOfWork()).toMatchObject({ waiting: 1, delivered: 0 });
  bus.subscribe("work", () => undefined);
  const emitted = bus.emit({ type: "work", data: 2 });
  await clock.runUntil(bus.drained());
  expect((await emitted).outcome).toBe("routed");
  expect(statsOfWork()).toMatchObject({ waiting: 0, delivered: 2 });
});

it("does not wait for emitters whom a durable channel without subscribers has no room for; a subscriber lets them in", async () => {
  const { bus, clock, statsOfWork } = await createBlockingBus(durable);
  const emits = [1, 2, 3].map((data) => bus.emit({ type: "work", data }));
  await clock.runUntil(bus.drained());
  expect(clock.now()).toBe(5);
  expect(statsOfWork()).toMatchObject({ waiting: 1, blocked: 2 });
  bus.subscribe("work", () => undefined);
  await clock.runUntil(bus.drained());
  expect((await Promise.all(emits)).map(({ outcome }) => outcome)).toEqual(["routed", "routed", "routed"]);
  expect(statsOfWork()).toMatchObject({ delivered: 3, blocked: 0, waiting: 0 });
});

it("lets those who wait for room on a durable channel wait for the next subscriber, when the last one leaves", async () => {
  const { bus, clock, statsOfWork } = await createBlockingBus(durable);
  const first = bus.subscribe("work", () => clock.sleep(100));
  const emits = [1, 2, 3].map((data) => bus.emit({ type: "work", data }));
  await clock.advance(50);
  first[Symbol.dispose]();
  await clock.runUntil(bus.drained());
  expect(statsOfWork()).toMatchObject({ delivered: 1, waiting: 1, blocked: 1, noSubscribers: 0 });
  bus.subscribe("work", () => undefined);
  await clock.runUntil(bus.drained());
  expect((await Promise.all(emits)).map(({ outcome }) => outcome)).toEqual(["routed", "routed", "routed"]);
});

it("waits for what is being stored, also where nobody is subscribed", async () => {
  const { bus, clock, statsOfWork } = await createBlockingBus(durable, { capacity: 10 });
  bus.publish("work", 1);
  const drained = bus.drained().then(() => statsOfWork()?.waiting);
  expect(await clock.runUntil(drained)).toBe(1);
  expect(clock.now()).toBe(5);
});
