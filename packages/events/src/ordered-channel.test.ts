import { seededRandom, VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { EventBus } from "./event-bus.ts";
import type { ChannelOptions } from "./generated/options.ts";
import type { SubscribeOptions } from "./subscriber.ts";

interface Work {
  readonly name: string;
  /** How long its handling takes; milliseconds. */
  readonly takes?: number;
  /** How many attempts fail. */
  readonly fails?: number;
}

/** A bus whose channel `work` is ordered, and what its handlers began and ended. */
function createBus(options: ChannelOptions = {}) {
  const clock = new VirtualClock();
  const channels = { work: { orderBy: "event.key", ...options }, dead: {} };
  const bus = new EventBus({ channels }, { clock, random: seededRandom(1) });
  bus.addRoute({ eventType: "work", channel: "work" });
  const log: string[] = [];
  const failures = new Map<string, number>();
  const subscribe = (subscribing: SubscribeOptions = {}) =>
    bus.subscribe(
      "work",
      async ({ data }) => {
        const { name, takes = 10, fails = 0 } = data as Work;
        log.push(`+${name}`);
        await clock.sleep(takes);
        const failed = failures.get(name) ?? 0;
        failures.set(name, failed + 1);
        log.push(`${failed < fails ? "!" : "-"}${name}`);
        if (failed < fails) throw new Error(`${name} failed`);
      },
      subscribing,
    );
  const publish = (key: string | undefined, work: Work, ttl?: number) =>
    bus.publish({ type: "work", key, data: work, ttl });
  return { bus, clock, log, subscribe, publish, stats: () => bus.stats().channels["work"] };
}

describe("a channel with orderBy", () => {
  it("handles events of one key one after the other, and other keys meanwhile", async () => {
    const { bus, clock, log, subscribe, publish } = createBus();
    subscribe({ concurrency: 4 });
    publish("a", { name: "a1" });
    publish("a", { name: "a2" });
    publish("b", { name: "b1", takes: 15 });
    publish("b", { name: "b2" });
    await clock.runUntil(bus.drained());
    expect(log).toEqual(["+a1", "+b1", "-a1", "+a2", "-b1", "+b2", "-a2", "-b2"]);
  });

  it("does so with several members too", async () => {
    const { bus, clock, log, subscribe, publish } = createBus();
    for (let member = 0; member < 3; member++) subscribe({ concurrency: 2 });
    for (const name of ["a1", "a2", "a3"]) publish("a", { name });
    await clock.runUntil(bus.drained());
    expect(log).toEqual(["+a1", "-a1", "+a2", "-a2", "+a3", "-a3"]);
  });

  it("waits with the next of a key until every group has handled the one before", async () => {
    const { bus, clock, log, subscribe, publish } = createBus();
    subscribe({ concurrency: 2, group: "quick" });
    bus.subscribe("work", () => clock.sleep(50), { concurrency: 2, group: "slow" });
    for (const name of ["a1", "a2"]) publish("a", { name });
    await clock.advance(49);
    expect(log).toEqual(["+a1", "-a1"]);
    await clock.runUntil(bus.drained());
    expect(log).toEqual(["+a1", "-a1", "+a2", "-a2"]);
  });

  it("holds the followers of an event back while that is retried, and nobody else", async () => {
    const { bus, clock, log, subscribe, publish } = createBus({ retries: { attempts: 2, backoff: "1s" } });
    subscribe({ concurrency: 3 });
    publish("a", { name: "a1", fails: 1 });
    publish("a", { name: "a2" });
    publish("b", { name: "b1" });
    await clock.advance(400);
    expect(log).toEqual(["+a1", "+b1", "!a1", "-b1"]);
    await clock.runUntil(bus.drained());
    expect(log.slice(4)).toEqual(["+a1", "-a1", "+a2", "-a2"]);
  });

  it("goes on with a key when its event has become a dead letter, in the same order", async () => {
    const { bus, clock, log, subscribe, publish, stats } = createBus({ deadLetter: "dead" });
    subscribe({ concurrency: 3 });
    const dead: unknown[] = [];
    bus.subscribe("dead", ({ data }) => void dead.push((data as Work).name));
    for (const name of ["a1", "a2"]) publish("a", { name, fails: 9 });
    publish("a", { name: "a3" });
    await clock.runUntil(bus.drained());
    expect(log).toEqual(["+a1", "!a1", "+a2", "!a2", "+a3", "-a3"]);
    expect(dead).toEqual(["a1", "a2"]);
    expect(stats()).toMatchObject({ failed: 2, delivered: 1, deadLettered: 2 });
  });

  it("goes on with a key past what has expired while it was held back", async () => {
    const { bus, clock, log, subscribe, publish, stats } = createBus();
    subscribe({ concurrency: 3 });
    publish("a", { name: "a1", takes: 100 });
    publish("a", { name: "a2" }, 50);
    publish("a", { name: "a3" });
    await clock.runUntil(bus.drained());
    expect(log).toEqual(["+a1", "-a1", "+a3", "-a3"]);
    expect(stats()).toMatchObject({ delivered: 2, expired: 1 });
  });

  it("keeps the order of a key over events of different priorities", async () => {
    const { bus, clock, log, subscribe, publish } = createBus();
    bus.addRoute({ eventType: "urgent", channel: "work", priority: "critical" });
    subscribe();
    publish("a", { name: "a1" });
    publish("b", { name: "b1" });
    bus.publish({ type: "urgent", key: "a", data: { name: "a2" } });
    await clock.runUntil(bus.drained());
    expect(log).toEqual(["+a1", "-a1", "+b1", "-b1", "+a2", "-a2"]);
  });

  it("hands events without a key to whoever is free", async () => {
    const { clock, log, subscribe, publish } = createBus({ orderBy: "event.data.owner" });
    subscribe({ concurrency: 2 });
    publish("a", { name: "1" });
    publish("a", { name: "2" });
    await clock.advance(1);
    expect(log).toEqual(["+1", "+2"]);
  });

  it("takes any value for a key", async () => {
    const { bus, clock, log, subscribe } = createBus({ orderBy: "event.data.of" });
    subscribe({ concurrency: 9 });
    for (const [name, of] of [
      ["n1", 7],
      ["n2", 7],
      ["o1", { x: [1] }],
      ["o2", { x: [1] }],
      ["o3", { x: [2] }],
      ["z1", null],
      ["z2", null],
    ])
      bus.publish({ type: "work", data: { name, of } });
    await clock.advance(1);
    expect(log).toEqual(["+n1", "+o1", "+o3", "+z1", "+z2"]);
    await clock.runUntil(bus.drained());
  });

  it("goes on with an event whose subscriber was cut off before it goes on with the next of its key", async () => {
    const { bus, clock, log, subscribe, publish } = createBus();
    const leaving = new AbortController();
    bus.subscribe("work", (_event, { signal }) => clock.sleep(1000, signal), { signal: leaving.signal });
    for (const name of ["a1", "a2"]) publish("a", { name });
    await clock.advance(1);
    subscribe({ concurrency: 2 });
    leaving.abort();
    await clock.runUntil(bus.drained());
    expect(log).toEqual(["+a1", "-a1", "+a2", "-a2"]);
  });

  it("counts what is held back as waiting, against the capacity, and sheds the oldest of it first", async () => {
    const { bus, clock, log, subscribe, publish, stats } = createBus({ capacity: 3, overflow: "drop_oldest" });
    subscribe({ concurrency: 2 });
    for (const name of ["a1", "a2", "a3", "a4"]) {
      publish("a", { name });
      await clock.advance(1);
    }
    expect(stats()).toMatchObject({ waiting: 3, heldBack: 3, inFlight: 1, shed: 0 });
    publish("a", { name: "a5" });
    await clock.advance(1);
    expect(stats()).toMatchObject({ waiting: 3, inFlight: 1, shed: 1 });
    await clock.runUntil(bus.drained());
    expect(log.filter((line) => line.startsWith("+"))).toEqual(["+a1", "+a3", "+a4", "+a5"]);
  });

  it("sheds what is held back when the bus stops", async () => {
    const { bus, clock, subscribe, publish, stats } = createBus();
    subscribe({ concurrency: 2 });
    for (const name of ["a1", "a2", "a3"]) publish("a", { name });
    await clock.advance(1);
    await clock.runUntil(bus[Symbol.asyncDispose]());
    expect(stats()).toMatchObject({ accepted: 3, delivered: 1, shed: 2, waiting: 0, inFlight: 0 });
  });

  it("awaits an urgent event that is held back", async () => {
    const { bus, clock, subscribe, publish } = createBus({ priority: "high" });
    subscribe({ concurrency: 2 });
    publish("a", { name: "a1", takes: 30 });
    const { routes } = await clock.runUntil(bus.emit({ type: "work", key: "a", data: { name: "a2" } }));
    expect(routes).toEqual([{ channel: "work", outcome: "delivered" }]);
    expect(clock.now()).toBe(40);
  });

  it("tells the balancer the key that it orders by", async () => {
    const keys: (string | undefined)[] = [];
    const balancer = { pick: (_members: unknown, key: string | undefined) => keys.push(key) && 0 };
    const channels = { work: { orderBy: "event.data.of" } };
    const clock = new VirtualClock();
    const bus = new EventBus({ channels }, { clock, createBalancer: () => balancer });
    bus.addRoute({ eventType: "work", channel: "work" });
    for (let member = 0; member < 2; member++) bus.subscribe("work", () => undefined);
    bus.publish({ type: "work", key: "own", data: { of: 7 } });
    bus.publish({ type: "work", key: "own", data: {} });
    await clock.runUntil(bus.drained());
    expect(keys).toEqual(["7", "own"]);
  });

  it("refuses an expression that does not compile", () => {
    expect(() => createBus({ orderBy: "evnt.key" })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_EXPRESSION" }),
    );
  });
});
