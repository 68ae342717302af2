import { TokenBucket } from "@llmspell/resilience";
import { seededRandom, VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import type { BusEvent } from "./bus-event.ts";
import { BREAKER_OPEN, NO_SUBSCRIBERS, RATE_LIMITED, REJECTED } from "./emit-result.ts";
import { EntryLane } from "./entry-lane.ts";
import { EventBus } from "./event-bus.ts";
import type { EventBusDependencies } from "./event-bus-dependencies.ts";
import { EventStamp } from "./event-stamp.ts";
import type { ChannelOptions, EventsSection } from "./generated/options.ts";
import { MemoryQueue } from "./memory-queue.ts";

/** A bus with a channel `work`, which takes `work`, and as urgent events `urgent`. */
function createBus(work: ChannelOptions, more: EventsSection = {}, dependencies: EventBusDependencies = {}) {
  const clock = new VirtualClock(1_000_000);
  const bus = new EventBus(
    { ...more, channels: { work, ...more.channels } },
    { clock, random: seededRandom(1), ...dependencies },
  );
  bus.addRoute({ eventType: "work", channel: "work" });
  bus.addRoute({ eventType: "urgent", channel: "work", priority: "critical" });
  const publish = (count: number) => Array.from({ length: count }, (_, index) => bus.publish("work", index));
  const statsOfWork = () => {
    const { channels, ...total } = bus.stats();
    const stats = channels["work"];
    if (stats === undefined) throw new Error("There is no channel work.");
    const refused = stats.rateLimited + stats.breakerOpen + stats.rejected + stats.noSubscribers;
    expect(stats.offered).toBe(stats.accepted + refused + stats.blocked);
    const ended = stats.delivered + stats.failed + stats.shed + stats.expired;
    expect(stats.accepted).toBe(ended + stats.waiting + stats.inFlight);
    expect(total.emitted).toBe(total.routed + total.unrouted + total.noSubscribers + total.refused + total.emitting);
    return stats;
  };
  return { bus, clock, publish, statsOfWork };
}

/** Time goes on in it without anything having its turn. */
class ShiftedClock extends VirtualClock {
  shift = 0;

  override now(): number {
    return super.now() + this.shift;
  }
}

describe("EntryLane", () => {
  function create({ batchSize = 10, room = 1000, burst = 1600 } = {}) {
    const clock = new VirtualClock();
    const stamp = new EventStamp(clock, seededRandom(1));
    const queue = new MemoryQueue();
    const bucket = new TokenBucket({ rate: 1, burst }, { clock });
    const flushes: number[] = [];
    const context = { batchSize, room: () => room, requestPromptFlush: () => void flushes.push(queue.size) };
    const lane = new EntryLane(context, queue, stamp.clock, bucket);
    const pass = () => lane.pass(stamp.stampAt("work", 1, lane.moment));
    return { lane, queue, bucket, flushes, pass };
  }

  it("opens at the second event of a turn, up to the event before the one that fills the batch", () => {
    const { lane, queue, flushes, pass } = create();
    lane.openForNext();
    expect([lane.credit, flushes]).toEqual([0, []]);
    lane.openForNext();
    expect([lane.credit, flushes]).toEqual([9, [0]]);
    for (let count = 0; count < 9; count++) pass();
    expect([lane.credit, lane.entered, queue.size]).toEqual([0, 9, 9]);
  });

  it("opens beyond a batch that is full, for events that have to wait anyway", () => {
    const { lane, queue } = create({ batchSize: 1, burst: 16_000 });
    queue.enqueueNormal(new EventStamp(new VirtualClock(), seededRandom(1)).stamp({ type: "work", data: 1 }));
    lane.openForNext();
    lane.openForNext();
    expect(lane.credit).toBe(128);
  });

  it.each([
    ["room", { room: 4 }, 4],
    ["no room", { room: 0 }, 0],
    ["tokens", { burst: 48 }, 2],
  ])("opens no further than there is %s", (_what, options, credit) => {
    const { lane } = create(options);
    lane.openForNext();
    lane.openForNext();
    expect(lane.credit).toBe(credit);
  });

  it("gives back the tokens that were not used, and counts what came in", () => {
    const { lane, bucket, pass } = create();
    let left = 1600;
    for (let time = 0; time < 5; time++) {
      lane.openForNext();
      if (lane.credit === 0) continue;
      pass();
      pass();
      left -= 2;
      lane.close();
      lane.close();
    }
    expect([lane.credit, lane.entered]).toEqual([0, 8]);
    let taken = 0;
    while (bucket.tryTake()) taken++;
    expect(taken).toBe(left);
  });
});

describe("events that are published in a row", () => {
  it("take exactly the tokens that there are, together with those that are emitted", async () => {
    const { bus, publish, statsOfWork } = createBus({ rateLimit: "1/s", burst: 160 });
    bus.subscribe("work", () => undefined);
    for (let round = 0; round < 20; round++) {
      publish(6);
      await Promise.all([bus.emit({ type: "work", data: 0 }), bus.emit({ type: "work", data: 1 })]);
    }
    expect(statsOfWork()).toMatchObject({ offered: 160, accepted: 160 });
    expect(publish(2)).toEqual([RATE_LIMITED, RATE_LIMITED]);
  });

  it.each([
    ["shared", { rateLimit: { shared: "all" } }],
    ["by key", { rateLimit: { rate: "1/s", burst: 5, key: "event.type" } }],
  ] as const)("heed a limit that is %s", (_what, work) => {
    const { bus, publish } = createBus(work, { rateLimits: { all: { rate: "1/s", burst: 5 } } });
    bus.subscribe("work", () => undefined);
    expect(publish(7)).toEqual([1, 2, 3, 4, 5, RATE_LIMITED, RATE_LIMITED]);
  });

  it.each([
    ["reject", 5, { accepted: 5, rejected: 4, shed: 0 }],
    ["block", 5, { accepted: 5, rejected: 4, shed: 0 }],
    ["drop_oldest", 5, { accepted: 9, rejected: 0, shed: 4 }],
  ] as const)("never exceed the capacity of a channel that has %s", (overflow, capacity, counts) => {
    const { bus, publish, statsOfWork } = createBus({ capacity, overflow });
    bus.subscribe("work", () => undefined);
    publish(9);
    expect(statsOfWork()).toMatchObject({ offered: 9, waiting: capacity, ...counts });
  });

  it("leave room and tokens to those between them that come another way", () => {
    const { bus, publish, statsOfWork } = createBus({ capacity: 8, rateLimit: "1/s", burst: 160 });
    bus.subscribe("work", () => undefined);
    publish(4);
    for (let data = 0; data < 3; data++) bus.publish({ type: "work", data, key: "k" });
    expect(publish(3)).toEqual([8, REJECTED, REJECTED]);
    expect(statsOfWork()).toMatchObject({ accepted: 8, rejected: 2, rateLimited: 0, waiting: 8 });
  });

  it("take no more than a flow controller lets in", () => {
    const backpressure = { controller: { use: "any", maxRate: "100/s" } };
    const { bus, publish } = createBus(
      {},
      { backpressure },
      { createFlowController: () => ({ adjust: () => undefined }) },
    );
    bus.subscribe("work", () => undefined);
    // A fifth of a second's worth may come at once.
    expect(publish(25).filter((sequence) => sequence === RATE_LIMITED)).toHaveLength(5);
  });

  it("never exceed the capacity while every subscriber is busy, and let in emitters that waited in their turn", async () => {
    const { bus, clock, publish, statsOfWork } = createBus({ capacity: 6, overflow: "block" }, { batch: { size: 2 } });
    const seen: unknown[] = [];
    bus.subscribe("work", async ({ data }) => {
      seen.push(data);
      await clock.sleep(10);
    });
    // One is handled, six wait.
    expect(publish(9)).toEqual([1, 2, 3, 4, 5, 6, 7, REJECTED, REJECTED]);
    const emitted = bus.emit({ type: "work", data: "patient" });
    expect(publish(2)).toEqual([REJECTED, REJECTED]);
    await clock.advance(10);
    expect((await emitted).outcome).toBe("routed");
    expect(publish(1)).toEqual([REJECTED]);
    await clock.runUntil(bus.drained());
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, "patient"]);
    expect(statsOfWork()).toMatchObject({ accepted: 8, rejected: 5, delivered: 8 });
  });

  it("are handed out at once when a batch is full, and the others when the code that runs has ended", async () => {
    const { bus, publish } = createBus({}, { batch: { size: 5 } });
    const seen: unknown[] = [];
    bus.subscribe("work", ({ data }) => void seen.push(data));
    publish(4);
    expect(seen).toEqual([]);
    bus.publish("work", 4);
    expect(seen).toEqual([0, 1, 2, 3, 4]);
    publish(8);
    expect(seen).toHaveLength(10);
    await Promise.resolve();
    expect(seen).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("have the time of their turn", async () => {
    const { bus, clock, publish } = createBus({});
    const times: number[] = [];
    bus.subscribe("work", ({ emittedAt }) => void times.push(emittedAt));
    publish(4);
    await clock.advance(7);
    publish(3);
    await clock.advance(0);
    expect(times).toEqual([0, 0, 0, 0, 7, 7, 7].map((after) => 1_000_000 + after));
  });

  it("leave those among them that have expired when their turn comes", async () => {
    const { bus, clock, publish, statsOfWork } = createBus({});
    const seen: unknown[] = [];
    bus.subscribe("work", ({ data }) => {
      seen.push(data);
      return data === "slow" ? clock.sleep(30) : undefined;
    });
    bus.publish("work", "slow");
    publish(3);
    bus.publish({ type: "work", data: "late", ttl: "20ms" });
    bus.publish({ type: "work", data: "in time", ttl: "60ms" });
    publish(2);
    await clock.runUntil(bus.drained());
    expect(seen).toEqual(["slow", 0, 1, 2, "in time", 0, 1]);
    expect(statsOfWork()).toMatchObject({ accepted: 8, delivered: 7, expired: 1 });
  });

  it("come after urgent ones", () => {
    const { bus, publish } = createBus({});
    const seen: unknown[] = [];
    bus.subscribe("work", ({ type, data }) => void seen.push(`${type} ${data}`));
    publish(3);
    bus.publish("urgent", 0);
    expect(seen).toEqual(["urgent 0", "work 0", "work 1", "work 2"]);
  });

  it("are let in no more once nobody is there, or the channel is closed", async () => {
    const { bus, publish, statsOfWork } = createBus({});
    const subscription = bus.subscribe("work", () => undefined);
    publish(3);
    subscription[Symbol.dispose]();
    expect(publish(2)).toEqual([NO_SUBSCRIBERS, NO_SUBSCRIBERS]);
    bus.subscribe("work", () => undefined);
    publish(3);
    const closing = bus[Symbol.asyncDispose]();
    expect(publish(1)).toEqual([REJECTED]);
    await closing;
    expect(statsOfWork()).toMatchObject({ accepted: 6, rejected: 1, noSubscribers: 2 });
  });

  it("are let in no more when the circuit breaker opens in the middle of them", () => {
    const circuitBreaker = { consecutiveFailures: 1, openDuration: "1s" };
    const { bus, publish, statsOfWork } = createBus({ circuitBreaker }, { batch: { size: 3 } });
    const further: number[] = [];
    bus.subscribe("work", () => {
      further.push(...publish(2));
      throw new Error("broken");
    });
    publish(3);
    expect(further).toEqual([4, 5]);
    expect(publish(2)).toEqual([BREAKER_OPEN, BREAKER_OPEN]);
    expect(statsOfWork()).toMatchObject({ accepted: 5, failed: 1, waiting: 4, breaker: "open" });
  });

  it("are let in no more when the circuit breaker opens between two of them", async () => {
    const { bus, publish } = createBus({ circuitBreaker: { consecutiveFailures: 1, openDuration: "1s" } });
    const { promise: running, reject } = Promise.withResolvers<void>();
    bus.subscribe("work", () => running);
    publish(1);
    await Promise.resolve();
    // All three happen before the end of the turn, in this order.
    const before = Promise.resolve().then(() => publish(3));
    reject(new Error("broken"));
    const after = Promise.resolve().then(() => publish(1));
    expect([await before, await after]).toEqual([[2, 3, 4], [BREAKER_OPEN]]);
  });

  it("are let in no more when the valve closes, or the rate is set, between two of them", async () => {
    const rows: Record<string, number[]> = {};
    for (const part of ["valve", "gate"] as const) {
      let heap = 0;
      const { bus, clock } = createBus(
        {},
        {
          channels: { later: { rateLimit: "1000/s" } },
          backpressure: part === "valve" ? {} : { controller: { use: "scripted" } },
        },
        { heapUse: () => heap, createFlowController: () => ({ adjust: () => ({ rate: 1, reason: "test" }) }) },
      );
      bus.addRoute({ eventType: "later", channel: "later" });
      bus.subscribe("later", () => undefined);
      const row: number[] = [];
      // The listener is called for each channel, one after the other, in one turn of the event loop.
      bus.on("backpressure", ({ channel }) => {
        for (let count = 0; count < 3; count++) row.push(bus.publish("later", channel));
      });
      heap = part === "valve" ? 1 : 0;
      await clock.advance(100);
      rows[part] = row;
    }
    expect(rows["valve"]).toEqual([1, 2, 3, REJECTED, REJECTED, REJECTED]);
    expect(rows["gate"]).toEqual([1, 2, 3, RATE_LIMITED, RATE_LIMITED, RATE_LIMITED]);
  });

  it("are seen by observers and taps that come in the middle of them", async () => {
    const { bus, publish } = createBus({});
    bus.subscribe("work", () => undefined);
    publish(3);
    const seen: unknown[] = [];
    const observation = bus.observe(({ data }) => void seen.push(data));
    publish(3);
    observation[Symbol.dispose]();
    publish(3);
    using tap = bus.tap("work");
    publish(3);
    const tapped: unknown[] = [];
    for (let count = 0; count < 3; count++) tapped.push(((await tap.next()).value as BusEvent).sequence);
    expect(seen).toEqual([0, 1, 2]);
    expect(tapped).toEqual([10, 11, 12]);
  });

  it("are counted at any time, also inside a handler that publishes a row itself", async () => {
    const { bus, publish, statsOfWork } = createBus({}, { batch: { size: 4 } });
    const counts: unknown[] = [];
    const look = () => {
      const { offered, accepted, delivered, waiting, inFlight } = statsOfWork();
      counts.push({ offered, accepted, delivered, waiting, inFlight });
    };
    let isFirst = true;
    bus.subscribe("work", () => {
      if (!isFirst) return;
      isFirst = false;
      publish(5);
      look();
      publish(2);
      look();
    });
    publish(3);
    look();
    publish(1);
    look();
    expect(counts).toEqual([
      { offered: 3, accepted: 3, delivered: 0, waiting: 3, inFlight: 0 },
      { offered: 9, accepted: 9, delivered: 0, waiting: 8, inFlight: 1 },
      { offered: 11, accepted: 11, delivered: 0, waiting: 10, inFlight: 1 },
      { offered: 11, accepted: 11, delivered: 11, waiting: 0, inFlight: 0 },
    ]);
    await bus.drained();
  });

  it("keep the order of each key", async () => {
    const { bus, clock } = createBus({ orderBy: "event.data.key" });
    const running = new Set<string>();
    const seen: unknown[] = [];
    bus.subscribe(
      "work",
      async ({ data }) => {
        const { key, n } = data as { key: string; n: number };
        expect(running.has(key)).toBe(false);
        running.add(key);
        await clock.sleep(10 - n);
        running.delete(key);
        seen.push(`${key}${n}`);
      },
      { concurrency: 10 },
    );
    for (let n = 0; n < 4; n++) for (const key of ["a", "b"]) bus.publish("work", { key, n });
    await clock.runUntil(bus.drained());
    expect(seen).toEqual(["a0", "b0", "a1", "b1", "a2", "b2", "a3", "b3"]);
  });

  it("go on when a channel that feeds itself has rested, and have the time of their turn also while it rests", async () => {
    const clock = new ShiftedClock();
    const { bus, publish, statsOfWork } = createBus({ capacity: 100_000 }, { batch: { size: 3 } }, { clock });
    const times: number[] = [];
    let left = 60_000;
    bus.subscribe("work", ({ data, emittedAt }) => {
      if (data === "timed") times.push(emittedAt);
      for (let count = 0; count < 3 && left > 0; count++, left--) bus.publish("work", left);
    });
    publish(3);
    // It rests now. To look at the figures would close the lane.
    expect(left).toBeGreaterThan(0);
    for (let time = 0; time < 2; time++) {
      for (let count = 0; count < 3; count++) bus.publish("work", "timed");
      for (let pause = 0; pause < 5; pause++) await Promise.resolve();
      clock.shift += 5;
    }
    await clock.runUntil(bus.drained());
    expect(statsOfWork()).toMatchObject({ accepted: 60_009, delivered: 60_009, waiting: 0 });
    expect(times).toEqual([0, 0, 0, 5, 5, 5]);
  });

  it("to several channels enter each of them", async () => {
    const { bus, clock, publish } = createBus({}, { channels: { other: {} } });
    for (const channel of ["work", "other"]) bus.subscribe(channel, () => undefined);
    publish(3);
    const route = bus.addRoute({ eventType: "work", channel: "other" });
    publish(3);
    route[Symbol.dispose]();
    publish(3);
    await clock.runUntil(bus.drained());
    const { channels, routed } = bus.stats();
    expect([channels["work"]?.delivered, channels["other"]?.delivered, routed]).toEqual([9, 3, 9]);
  });
});
