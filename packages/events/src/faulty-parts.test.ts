import type { Log } from "@llmspell/base";
import type { LoadBalancer } from "@llmspell/resilience";
import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import type { BusEvent } from "./bus-event.ts";
import { REJECTED } from "./emit-result.ts";
import { EventBus } from "./event-bus.ts";
import type { EventBusDependencies } from "./event-bus-dependencies.ts";
import type { ChannelOptions, EventsSection } from "./generated/options.ts";
import { MemoryQueue } from "./memory-queue.ts";

/** A log that keeps what it is told at `warn` and above. */
function createLog(): { log: Log; said: string[] } {
  const said: string[] = [];
  const keep = (message: string) => void said.push(message);
  const ignore = () => undefined;
  return { log: { debug: ignore, info: ignore, warn: keep, error: keep }, said };
}

function createBus(work: ChannelOptions, parts: EventBusDependencies, channels: EventsSection["channels"] = {}) {
  const clock = new VirtualClock();
  const { log, said } = createLog();
  const bus = new EventBus({ channels: { work, ...channels } }, { clock, log, ...parts });
  bus.addRoute({ eventType: "work", channel: "work" });
  return { bus, clock, said };
}

function expectSums(bus: EventBus): void {
  const { channels, ...total } = bus.stats();
  expect(total.emitted).toBe(total.routed + total.unrouted + total.noSubscribers + total.refused + total.emitting);
  for (const stats of Object.values(channels)) {
    const refused = stats.rateLimited + stats.breakerOpen + stats.rejected + stats.noSubscribers;
    expect(stats.offered).toBe(stats.accepted + refused + stats.blocked);
    expect(stats.accepted).toBe(
      stats.delivered + stats.failed + stats.shed + stats.expired + stats.waiting + stats.inFlight,
    );
  }
}

const full = () => {
  throw new Error("disk full");
};

describe("a queue that fails", () => {
  it("lets in who waits for room when the event before cannot be stored", async () => {
    const clock = new VirtualClock();
    const queue = new (class extends MemoryQueue {
      override enqueue(event: BusEvent): Promise<void> {
        return clock.sleep(5).then(() => (event.data === "bad" ? full() : super.enqueue(event, "normal")));
      }
    })();
    const options = { work: { capacity: 1, overflow: "block" as const } };
    const bus = new EventBus({ channels: options }, { clock, createQueue: () => queue });
    bus.addRoute({ eventType: "work", channel: "work" });
    bus.subscribe("work", () => undefined);
    const emits = ["bad", "good"].map((data) => bus.emit({ type: "work", data }));
    const drained = bus.drained();
    const outcomes = (await clock.runUntil(Promise.all(emits))).map(({ routes }) => routes[0]?.outcome);
    expect(outcomes).toEqual(["rejected", "queued"]);
    await clock.runUntil(drained);
    expectSums(bus);
  });

  it("ends a drain that waits for nothing but events that cannot be stored", async () => {
    const clock = new VirtualClock();
    const queue = Object.assign(new MemoryQueue(), { enqueue: () => clock.sleep(5).then(full) });
    const { bus } = createBus({}, { clock, createQueue: () => queue });
    bus.subscribe("work", () => undefined);
    bus.publish({ type: "work", data: 1 });
    await clock.runUntil(bus.drained());
    expect(bus.stats().channels["work"]).toMatchObject({ offered: 1, rejected: 1, blocked: 0, queueErrors: 1 });
  });

  it("rejects what it throws at, and counts and logs it", async () => {
    const { bus, said } = createBus({}, { createQueue: () => Object.assign(new MemoryQueue(), { enqueue: full }) });
    bus.subscribe("work", () => undefined);
    expect(bus.publish({ type: "work", data: 1 })).toBe(REJECTED);
    const { routes } = await bus.emit({ type: "work", data: 2, id: "e2" });
    expect(routes).toEqual([{ channel: "work", outcome: "rejected", error: new Error("disk full") }]);
    expect(bus.stats()).toMatchObject({ emitting: 0, refused: 2, channels: { work: { rejected: 2, queueErrors: 2 } } });
    expect(said).toContain("The queue of channel work could not keep event e2: disk full");
    expectSums(bus);
  });

  it("counts a dead letter that it throws at as refused", async () => {
    const queues: Record<string, MemoryQueue> = {
      "channel work": new MemoryQueue(),
      "channel dead": Object.assign(new MemoryQueue(), { enqueue: full }),
    };
    const createQueue = (_use: unknown, owner: string) => queues[owner] ?? new MemoryQueue();
    const { bus, clock } = createBus({ deadLetter: "dead" }, { createQueue }, { dead: {} });
    bus.subscribe("work", () => Promise.reject(new Error("no")));
    bus.subscribe("dead", () => undefined);
    bus.publish({ type: "work", data: 1 });
    await clock.runUntil(bus.drained());
    expect(bus.stats().channels["work"]).toMatchObject({ failed: 1, deadLettersRefused: 1 });
    expectSums(bus);
  });

  it("rejects the newcomer when nothing can be dropped for it", () => {
    const queue = Object.assign(new MemoryQueue(), { evict: full });
    const { bus } = createBus({ capacity: 1, overflow: "drop_oldest" }, { createQueue: () => queue });
    bus.subscribe("work", () => undefined);
    expect([1, 2].map((data) => bus.publish({ type: "work", data }))).toEqual([1, REJECTED]);
    expect(bus.stats().channels["work"]).toMatchObject({ rejected: 1, queueErrors: 1 });
    expectSums(bus);
  });

  it("sheds an event that it does not take back", async () => {
    const queue = Object.assign(new MemoryQueue(), { nack: full });
    const { bus, clock } = createBus({ priority: "critical" }, { createQueue: () => queue });
    bus.subscribe("work", (_event, { signal }) => clock.sleep(1000, signal));
    const emitted = bus.emit({ type: "work", data: 1 });
    await bus[Symbol.asyncDispose]();
    expect((await emitted).routes[0]?.outcome).toBe("shed");
    expect(bus.stats().channels["work"]).toMatchObject({ shed: 1, inFlight: 0, queueErrors: 1 });
    expectSums(bus);
  });

  it("refuses everything until a durable queue is open, and waits at the stop for what is being stored", async () => {
    const clock = new VirtualClock();
    const queue = new (class extends MemoryQueue {
      override readonly durable = true;
      open = () => clock.sleep(50);
      override enqueue(event: BusEvent): Promise<void> {
        return clock.sleep(5).then(() => super.enqueue(event, "normal"));
      }
    })();
    const { bus } = createBus({}, { clock, createQueue: () => queue });
    expect(bus.publish({ type: "work", data: 1 })).toBe(REJECTED);
    const opened = bus.open();
    expect((await bus.emit({ type: "work", data: 2 })).routes[0]?.outcome).toBe("rejected");
    await clock.runUntil(opened);
    const emitted = bus.emit({ type: "work", data: 3 });
    await clock.runUntil(bus[Symbol.asyncDispose]());
    expect(queue.size).toBe(1);
    expect((await emitted).routes[0]?.outcome).toBe("queued");
    expect(bus.stats().channels["work"]).toMatchObject({ offered: 3, accepted: 1, rejected: 2, waiting: 1 });
  });

  it("refuses an event that was given room in the moment of the stop", async () => {
    const { bus, clock } = createBus({ capacity: 1, overflow: "block" }, {});
    const abort = new AbortController();
    bus.subscribe("work", () => void bus[Symbol.asyncDispose]());
    bus.publish({ type: "work", data: 1 });
    const emitted = bus.emit({ type: "work", data: 2 }, { signal: abort.signal });
    expect((await clock.runUntil(emitted)).routes[0]?.outcome).toBe("rejected");
    expectSums(bus);
  });
});

describe("a balancer that fails", () => {
  const failing =
    (part: Partial<LoadBalancer>): (() => LoadBalancer) =>
    () => ({ pick: () => 0, ...part });

  it("does not have an event handled again because it cannot be told how it ended", async () => {
    const createBalancer = failing({ settled: full });
    const { bus, said } = createBus({ priority: "critical", retries: { attempts: 3 } }, { createBalancer });
    let handled = 0;
    bus.subscribe("work", () => void handled++);
    for (const data of [1, 2]) expect((await bus.emit({ type: "work", data })).routes[0]?.outcome).toBe("delivered");
    expect(handled).toBe(2);
    expect(said).toEqual(["The load balancer of group default cannot be told how work ends: disk full"]);
  });

  it("fails the event, and leaves the breaker's trial to the next one", async () => {
    let isBroken = false;
    const pick = () => (isBroken ? full() : 0);
    const circuitBreaker = { threshold: 0.5, minimumCalls: 1, openDuration: "1s", halfOpenCalls: 1 };
    const { bus, clock } = createBus({ priority: "critical", circuitBreaker }, { createBalancer: failing({ pick }) });
    for (let member = 0; member < 2; member++) {
      bus.subscribe("work", ({ data }) => {
        if (data === "bad") throw new Error("no");
      });
    }
    await bus.emit({ type: "work", data: "bad" });
    await clock.advance(1000);
    isBroken = true;
    const [route] = (await bus.emit({ type: "work", data: 1 })).routes;
    expect(route).toMatchObject({ outcome: "failed", error: { code: "LLMSPELL_E_CHANNEL_BALANCER" } });
    expect(bus.stats().channels["work"]?.breaker).toBe("half_open");
    isBroken = false;
    expect((await bus.emit({ type: "work", data: 2 })).routes[0]?.outcome).toBe("delivered");
    expect(bus.stats().channels["work"]?.breaker).toBe("closed");
  });
});

describe("the breaker of a channel", () => {
  it("counts each event once, whatever its attempts, and none that was cut off", async () => {
    const circuitBreaker = { threshold: 0.5, minimumCalls: 2, openDuration: "1s" };
    const { bus, clock } = createBus({ circuitBreaker, retries: { attempts: 3 } }, {});
    const cut = new AbortController();
    bus.subscribe("work", ({ data }) => (data === "bad" ? Promise.reject(new Error("no")) : undefined));
    bus.publish({ type: "work", data: "bad" });
    await clock.runUntil(bus.drained());
    expect(bus.stats().channels["work"]).toMatchObject({ failed: 1, retries: 2, breaker: "closed" });
    bus.subscribe("work", (_event, { signal }) => clock.sleep(1000, signal), { group: "cut", signal: cut.signal });
    bus.publish({ type: "work", data: 1 });
    await clock.advance(10);
    cut.abort();
    await clock.runUntil(bus.drained());
    expect(bus.stats().channels["work"]).toMatchObject({ failed: 1, delivered: 1, breaker: "closed" });
  });
});

describe("a channel that refuses", () => {
  it("says so once, and again only after a time without refusals", async () => {
    const { bus, clock, said } = createBus({}, {});
    for (let time = 0; time < 12; time += 4) {
      bus.publish({ type: "work", data: 1 });
      await clock.advance(4000);
    }
    expect(said).toEqual(["Channel work refuses events: no_subscribers."]);
    await clock.advance(6000);
    bus.publish({ type: "work", data: 1 });
    expect(said).toHaveLength(2);
  });
});
