import { inspect } from "node:util";
import { isLlmspellError } from "@llmspell/base";
import { seededRandom, VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { BREAKER_OPEN, NO_SUBSCRIBERS, RATE_LIMITED, REJECTED, UNROUTED } from "./emit-result.ts";
import { EventBus } from "./event-bus.ts";
import type { ChannelOptions, EventsSection } from "./generated/options.ts";
import { type BusEvent, eventRecord, type Queue } from "./index.ts";
import { MemoryQueue } from "./memory-queue.ts";

function createBus(options: EventsSection): { bus: EventBus; clock: VirtualClock } {
  const clock = new VirtualClock(1_000_000);
  return { bus: new EventBus(options, { clock, random: seededRandom(1) }), clock };
}

/** A bus with the one channel `work`, to which events of type `work` go. */
function createWorkBus(work: ChannelOptions, more: Record<string, ChannelOptions> = {}) {
  const created = createBus({ channels: { work, ...more } });
  created.bus.addRoute({ eventType: "work", channel: "work" });
  return created;
}

function workEvents(count: number) {
  return Array.from({ length: count }, (_, index) => ({ type: "work", data: index }));
}

async function codeOf(run: () => unknown): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return isLlmspellError(error) ? error.code : "another error";
  }
}

describe("emit", () => {
  it("gives the event a sequence, an id and a time, and keeps what the emitter said", async () => {
    const { bus } = createWorkBus({ priority: "critical" });
    const seen: BusEvent[] = [];
    bus.subscribe("work", (event) => void seen.push(event));
    await bus.emit({ type: "work", data: 1 });
    await bus.emit({ type: "work", data: 2, id: "mine", source: "desk", subject: "s", time: 5, key: "k" });
    expect(seen[0]).toMatchObject({ sequence: 1, source: "llmspell", time: 1_000_000, emittedAt: 1_000_000 });
    expect(seen[0]?.id).toMatch(/^[0-9a-z]{8}-1$/);
    const record = {
      ...{ id: "mine", type: "work", source: "desk", subject: "s", time: 5, key: "k", data: 2 },
      ...{ sequence: 2, emittedAt: 1_000_000 },
    };
    expect(seen.map(eventRecord)[1]).toEqual(record);
    expect(JSON.parse(JSON.stringify(seen[1]))).toEqual(record);
    expect(inspect(seen[1])).toContain("id: 'mine'");
  });

  it("delivers critical events at once and waits for the handler", async () => {
    const { bus, clock } = createWorkBus({ priority: "critical" });
    const seen: unknown[] = [];
    bus.subscribe("work", async (event) => {
      seen.push(event.data);
      await clock.sleep(50);
    });
    const emitted = bus.emit({ type: "work", data: "now" });
    expect(seen).toEqual(["now"]);
    expect(await clock.runUntil(emitted)).toEqual({
      sequence: 1,
      outcome: "routed",
      routes: [{ channel: "work", outcome: "delivered" }],
    });
    expect(clock.now()).toBe(1_000_050);
  });

  it("puts high events ahead of normal ones, and low ones last", async () => {
    const { bus, clock } = createBus({ channels: { work: {} } });
    const order: unknown[] = [];
    for (const priority of ["low", "normal", "high", "critical"] as const) {
      bus.addRoute({ eventType: priority, channel: "work", priority });
    }
    bus.subscribe("work", async (event) => {
      order.push(event.data);
      await clock.sleep(1);
    });
    const emits = ["high", "low", "normal", "high", "critical"].map((type, index) =>
      bus.emit({ type, data: `${type}${index}` }),
    );
    await clock.runUntil(Promise.all([...emits, bus.drained()]));
    expect(order).toEqual(["high0", "critical4", "high3", "normal2", "low1"]);
  });

  it("buffers normal events until a batch is full or the code that emits them has ended", async () => {
    const { bus } = createBus({ batch: { size: 3 }, channels: { work: {} } });
    bus.addRoute({ eventType: "work", channel: "work" });
    let handled = 0;
    bus.subscribe("work", () => void handled++);
    for (const event of workEvents(2)) bus.publish(event);
    expect(handled).toBe(0);
    await Promise.resolve();
    expect(handled).toBe(2);
    expect((await bus.emit({ type: "work", data: 1 })).routes).toEqual([{ channel: "work", outcome: "queued" }]);
    for (const event of workEvents(3)) bus.publish(event);
    expect(handled).toBe(6);
  });

  it("keeps low events back until the flush interval is over", async () => {
    const { bus, clock } = createBus({ batch: { size: 3, flushInterval: "10ms" }, channels: { work: {}, rest: {} } });
    bus.addRoute({ eventType: "work", channel: "work", priority: "low" });
    let handled = 0;
    bus.subscribe("work", () => void handled++);
    for (const event of workEvents(5)) bus.publish(event);
    await clock.advance(9);
    expect(handled).toBe(0);
    await clock.advance(1);
    expect(handled).toBe(5);
  });

  it("gives other work its turn when a channel feeds itself", async () => {
    const { bus, clock } = createBus({ channels: { work: {} } });
    bus.addRoute({ eventType: "work", channel: "work" });
    let isOver = false;
    let handled = 0;
    bus.subscribe("work", () => {
      handled++;
      if (!isOver) bus.publish("work", handled);
    });
    bus.publish("work", 0);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    isOver = true;
    expect(handled).toBeGreaterThanOrEqual(10_000);
    expect(handled).toBeLessThan(10_200);
    await clock.runUntil(bus.drained());
    expect(bus.stats().channels["work"]).toMatchObject({ waiting: 0, delivered: handled });
  });

  it("tells unrouted events from events without subscribers, and counts each", async () => {
    const { bus } = createWorkBus({});
    expect(await bus.emit({ type: "else", data: 1 })).toEqual({ sequence: 1, outcome: "unrouted", routes: [] });
    expect(await bus.emit({ type: "work", data: 1 })).toEqual({
      sequence: 2,
      outcome: "no_subscribers",
      routes: [{ channel: "work", outcome: "no_subscribers" }],
    });
    expect([bus.publish({ type: "else", data: 1 }), bus.publish({ type: "work", data: 1 })]).toEqual([
      UNROUTED,
      NO_SUBSCRIBERS,
    ]);
    expect(bus.stats()).toMatchObject({ emitted: 4, unrouted: 2, noSubscribers: 2, routed: 0, refused: 0 });
  });

  it("tells what happened on every route", async () => {
    const { bus } = createBus({
      channels: {
        first: { priority: "critical" },
        second: {},
        third: { rateLimit: "1/s" },
        fourth: { priority: "high" },
      },
    });
    for (const channel of ["first", "second", "third", "fourth"]) {
      bus.addRoute({ eventType: "work", channel });
      bus.subscribe(channel, () => {
        if (channel === "fourth") throw new Error("broken");
      });
    }
    bus.publish({ type: "work", data: 0 });
    const { outcome, routes } = await bus.emit({ type: "work", data: 1 });
    expect(outcome).toBe("routed");
    expect(routes).toEqual([
      { channel: "first", outcome: "delivered" },
      { channel: "second", outcome: "queued" },
      { channel: "third", outcome: "rate_limited" },
      { channel: "fourth", outcome: "failed", error: new Error("broken") },
    ]);
  });

  it("stops waiting when the signal aborts, without losing the event", async () => {
    const { bus, clock } = createWorkBus({ priority: "high" });
    bus.subscribe("work", () => clock.sleep(100));
    const abort = new AbortController();
    const emitted = bus.emit({ type: "work", data: 1 }, { signal: abort.signal });
    abort.abort();
    expect((await emitted).routes).toEqual([{ channel: "work", outcome: "queued" }]);
    await clock.runUntil(bus.drained());
    expect(bus.stats().channels["work"]).toMatchObject({ delivered: 1 });
  });

  it("lets a handler emit into its own channel", async () => {
    const { bus } = createWorkBus({ priority: "critical" });
    const seen: unknown[] = [];
    bus.subscribe("work", (event) => {
      seen.push(event.data);
      if (event.data === 1) bus.publish({ type: "work", data: 2 });
    });
    await bus.emit({ type: "work", data: 1 });
    expect(seen).toEqual([1, 2]);
  });

  it("hands out nothing while a handler runs that was called by the short way, whoever asks for it", async () => {
    const { bus, clock } = createWorkBus({ priority: "critical" });
    bus.addRoute({ eventType: "later", channel: "work", priority: "normal" });
    const steps: unknown[] = [];
    bus.subscribe("work", ({ data }) => {
      steps.push(`${data} begins`);
      if (data === "last") {
        bus.publish("later", "later");
        void bus.drained();
      }
      steps.push(`${data} ends`);
    });
    // The first of a row opens the way.
    for (const data of ["first", "second", "last"]) bus.publish("work", data);
    await clock.runUntil(bus.drained());
    expect(steps.slice(-4)).toEqual(["last begins", "last ends", "later begins", "later ends"]);
  });

  it("answers publish with the first refusal that tells more than that nobody is there", () => {
    const { bus } = createBus({ channels: { nobody: {}, limited: { rateLimit: "1/s" }, closed: { capacity: 1 } } });
    for (const channel of ["nobody", "limited", "closed"]) bus.addRoute({ eventType: "all", channel });
    bus.addRoute({ eventType: "limited", channel: "limited" });
    bus.addRoute({ eventType: "closed", channel: "closed" });
    for (const channel of ["limited", "closed"]) bus.subscribe(channel, () => undefined);
    expect([bus.publish("limited", 1) > 0, bus.publish("closed", 2) > 0]).toEqual([true, true]);
    expect(bus.publish("all", 3)).toBe(RATE_LIMITED);
  });

  it("refuses an event without a type", async () => {
    const { bus } = createBus({});
    bus.addChannel("all");
    bus.addDynamicRoute({ condition: () => true, channel: "all" });
    expect(await codeOf(() => bus.emit({ type: "", data: 1 }))).toBe("LLMSPELL_E_EVENT_TYPE");
    expect(await codeOf(() => bus.publish("", 1))).toBe("LLMSPELL_E_EVENT_TYPE");
    expect(await codeOf(() => bus.publish({ type: "", data: 1 }))).toBe("LLMSPELL_E_EVENT_TYPE");
    expect(bus.stats().emitted).toBe(0);
  });
});

describe("enqueue", () => {
  it("does not wait for handling, also of events that emit awaits, so that handlers can await it", async () => {
    const { bus, clock } = createWorkBus({ priority: "critical" });
    const outcomes: unknown[] = [];
    bus.subscribe("work", async ({ data }) => {
      if (data === "first") outcomes.push((await bus.enqueue({ type: "work", data: "second" })).routes[0]?.outcome);
      await clock.sleep(10);
    });
    const { outcome, routes } = await bus.enqueue({ type: "work", data: "first" });
    expect([outcome, routes]).toEqual(["routed", [{ channel: "work", outcome: "queued" }]]);
    await clock.runUntil(bus.drained());
    expect(outcomes).toEqual(["queued"]);
    expect(bus.stats().channels["work"]).toMatchObject({ delivered: 2 });
  });

  it("does not wait for room where it is told not to", async () => {
    const { bus, clock } = createWorkBus({ capacity: 1, overflow: "block" });
    bus.subscribe("work", () => undefined);
    bus.publish({ type: "work", data: 0 });
    const refused = await bus.enqueue({ type: "work", data: 1 }, { unawaited: ["work"] });
    expect(refused).toMatchObject({ outcome: "refused", routes: [{ channel: "work", outcome: "rejected" }] });
    await clock.runUntil(bus.drained());
    expect((await bus.enqueue({ type: "work", data: 2 }, { unawaited: ["work"] })).outcome).toBe("routed");
  });

  it("waits for room, until its signal aborts", async () => {
    const { bus, clock } = createWorkBus({ capacity: 1, overflow: "block" });
    bus.subscribe("work", () => undefined);
    bus.publish({ type: "work", data: 0 });
    const abort = new AbortController();
    const given = bus.enqueue({ type: "work", data: 1 }, { signal: abort.signal });
    const waited = bus.enqueue({ type: "work", data: 2 });
    abort.abort("enough");
    expect((await given).routes).toEqual([{ channel: "work", outcome: "rejected", error: "enough" }]);
    expect((await clock.runUntil(waited)).routes).toEqual([{ channel: "work", outcome: "queued" }]);
    expect(clock.now()).toBe(1_000_000);
  });
});

describe("flow control", () => {
  it("refuses what is beyond rate and burst", async () => {
    const { bus, clock } = createWorkBus({ rateLimit: "10/s", burst: 2 });
    bus.subscribe("work", () => undefined);
    const published = workEvents(3).map((event) => bus.publish(event));
    expect(published).toEqual([1, 2, RATE_LIMITED]);
    await clock.advance(100);
    expect(bus.publish({ type: "work", data: 3 })).toBe(4);
    expect(bus.stats()).toMatchObject({ routed: 3, refused: 1, channels: { work: { rateLimited: 1, accepted: 3 } } });
  });

  it.each<[overflow: NonNullable<ChannelOptions["overflow"]>, accepted: number]>([
    ["drop_oldest", 2],
    ["block", 1],
  ])("refuses what is beyond the rate also where the queue is full, with %s", async (overflow, accepted) => {
    const { bus, clock } = createWorkBus({ capacity: 1, overflow, rateLimit: "1/s", burst: 2 });
    bus.subscribe("work", () => undefined);
    const emits = workEvents(3).map((event) => bus.emit(event));
    expect(bus.stats().channels["work"]).toMatchObject({ accepted, blocked: 2 - accepted, rateLimited: 1 });
    await clock.runUntil(Promise.all(emits));
  });

  it("rejects when the queue is full", async () => {
    const { bus, clock } = createWorkBus({ capacity: 2 });
    bus.subscribe("work", () => undefined);
    expect(workEvents(3).map((event) => bus.publish(event))).toEqual([1, 2, REJECTED]);
    expect((await bus.emit({ type: "work", data: 1 })).routes).toEqual([{ channel: "work", outcome: "rejected" }]);
    await clock.advance(10);
    expect(bus.stats().channels["work"]).toMatchObject({ offered: 4, accepted: 2, rejected: 2, delivered: 2 });
  });

  it("drops the oldest of the least urgent, and tells who waits for it", async () => {
    const { bus, clock } = createWorkBus({ capacity: 1, overflow: "drop_oldest", priority: "high" });
    const seen: unknown[] = [];
    bus.subscribe("work", async (event) => {
      seen.push(event.data);
      await clock.sleep(10);
    });
    const emits = Promise.all(workEvents(3).map((event) => bus.emit(event)));
    const outcomes = (await clock.runUntil(emits)).map(({ routes }) => routes[0]?.outcome);
    expect(outcomes).toEqual(["delivered", "shed", "delivered"]);
    expect(seen).toEqual([0, 2]);
    expect(bus.stats().channels["work"]).toMatchObject({ accepted: 3, delivered: 2, shed: 1 });
  });

  it("makes emitters wait for room, first come, first served", async () => {
    const { bus, clock } = createWorkBus({ capacity: 1, overflow: "block" });
    const seen: unknown[] = [];
    bus.subscribe("work", async (event) => {
      seen.push(event.data);
      await clock.sleep(100);
    });
    const admittedAt: number[] = [];
    const emits = workEvents(4).map(async (event) => {
      await bus.emit(event);
      admittedAt.push(clock.now() - 1_000_000);
    });
    expect(bus.stats()).toMatchObject({ emitting: 3, channels: { work: { blocked: 3, waiting: 1 } } });
    await clock.runUntil(Promise.all(emits));
    await clock.runUntil(bus.drained());
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(admittedAt).toEqual([0, 0, 100, 200]);
  });

  it("gives up waiting for room when the signal aborts, and never waits in publish", async () => {
    const { bus, clock } = createWorkBus({ capacity: 1, overflow: "block" });
    bus.subscribe("work", () => undefined);
    bus.publish({ type: "work", data: 0 });
    const abort = new AbortController();
    const emitted = bus.emit({ type: "work", data: 1 }, { signal: abort.signal });
    expect(bus.publish({ type: "work", data: 2 })).toBe(REJECTED);
    abort.abort("enough");
    expect((await emitted).routes).toEqual([{ channel: "work", outcome: "rejected", error: "enough" }]);
    await clock.runUntil(bus.drained());
    expect(bus.stats().channels["work"]).toMatchObject({ offered: 3, accepted: 1, rejected: 2, blocked: 0 });
  });

  it("waits for an open breaker with one timer, whoever asks, and with none after the stop", async () => {
    const { bus, clock } = createWorkBus({ circuitBreaker: { minimumCalls: 1, openDuration: "1s" } });
    bus.subscribe("work", () => Promise.reject(new Error("down")));
    for (const event of workEvents(3)) bus.publish(event);
    await clock.advance(10);
    const abort = AbortSignal.abort();
    for (let time = 0; time < 5; time++) await bus.drained(abort).catch(() => undefined);
    expect([bus.stats().channels["work"]?.breaker, clock.pendingTimers]).toEqual(["open", 1]);
    await clock.runUntil(bus[Symbol.asyncDispose]());
    expect(clock.pendingTimers).toBe(0);
  });

  it("refuses while the breaker is open, holds what waits, and goes on after a trial", async () => {
    const circuitBreaker = { threshold: 0.5, minimumCalls: 2, openDuration: "1s", halfOpenCalls: 1 };
    const { bus, clock } = createWorkBus({ circuitBreaker });
    let isBroken = true;
    bus.subscribe("work", () => {
      if (isBroken) throw new Error("down");
    });
    for (const event of workEvents(5)) bus.publish(event);
    await clock.advance(10);
    expect(bus.stats().channels["work"]).toMatchObject({ failed: 2, waiting: 3, breaker: "open" });
    expect(bus.publish({ type: "work", data: 5 })).toBe(BREAKER_OPEN);
    expect((await bus.emit({ type: "work", data: 6 })).outcome).toBe("refused");
    isBroken = false;
    await clock.runUntil(bus.drained());
    expect(clock.now()).toBe(1_001_000);
    expect(bus.stats().channels["work"]).toMatchObject({ failed: 2, delivered: 3, breakerOpen: 2, breaker: "closed" });
  });
});

describe("retries and dead letters", () => {
  it("tries again with growing waits, then succeeds", async () => {
    const { bus, clock } = createWorkBus({ priority: "high", retries: { attempts: 3, backoff: "100ms" } });
    const attemptsAt: number[] = [];
    bus.subscribe("work", () => {
      attemptsAt.push(clock.now() - 1_000_000);
      if (attemptsAt.length < 3) throw new Error("not yet");
    });
    const { routes } = await clock.runUntil(bus.emit({ type: "work", data: 1 }));
    expect(routes).toEqual([{ channel: "work", outcome: "delivered" }]);
    const [first = -1, second = -1, third = -1] = attemptsAt;
    expect(first).toBe(0);
    expect(second >= 50 && second <= 100).toBe(true);
    expect(third - second >= 100 && third - second <= 200).toBe(true);
    expect(bus.stats().channels["work"]).toMatchObject({ retries: 2, delivered: 1, failed: 0 });
  });

  it("passes what could not be handled to the dead-letter channel, with the reason", async () => {
    const { bus, clock } = createWorkBus({ deadLetter: "dead", retries: { attempts: 2 } }, { dead: {} });
    const dead: BusEvent[] = [];
    bus.subscribe("work", () => Promise.reject(new Error("no such user")));
    bus.subscribe("dead", (event) => void dead.push(event));
    bus.publish({ type: "work", data: "payload", id: "e1" });
    await clock.runUntil(bus.drained());
    expect(dead).toHaveLength(1);
    expect(dead[0]).toMatchObject({
      ...{ id: "e1", type: "work", data: "payload" },
      deadLetter: { channel: "work", reason: "no such user", attempts: 2 },
    });
    const { work, dead: deadStats } = bus.stats().channels;
    expect(work).toMatchObject({ accepted: 1, failed: 1, deadLettered: 1, deadLettersRefused: 0 });
    expect(deadStats).toMatchObject({ offered: 1, delivered: 1 });
  });

  it("does not pass a dead letter on a second time, and counts those that are refused", async () => {
    const { bus, clock } = createWorkBus({ deadLetter: "dead" }, { dead: { deadLetter: "work" } });
    const fail = () => Promise.reject(new Error("no"));
    bus.subscribe("work", fail);
    bus.publish({ type: "work", data: 1 });
    await clock.runUntil(bus.drained());
    expect(bus.stats().channels["work"]).toMatchObject({ failed: 1, deadLettered: 0, deadLettersRefused: 1 });
    bus.subscribe("dead", fail);
    bus.publish({ type: "work", data: 2 });
    await clock.runUntil(bus.drained());
    expect(bus.stats().channels["work"]).toMatchObject({ offered: 2, failed: 2, deadLettered: 1 });
    expect(bus.stats().channels["dead"]).toMatchObject({ offered: 2, noSubscribers: 1, failed: 1, deadLettered: 0 });
  });
});

describe("subscribe", () => {
  it("shares events within a group and gives every group each event", async () => {
    const { bus, clock } = createWorkBus({});
    const counts = { a: 0, b: 0, other: 0 };
    bus.subscribe("work", () => void counts.a++);
    bus.subscribe("work", () => void counts.b++);
    bus.subscribe("work", () => void counts.other++, { group: "other" });
    for (const event of workEvents(10)) bus.publish(event);
    await clock.runUntil(bus.drained());
    expect(counts).toEqual({ a: 5, b: 5, other: 10 });
    expect(bus.stats().channels["work"]).toMatchObject({ delivered: 10, subscribers: 3 });
  });

  it("takes members in turn, also those that were the only free one", async () => {
    const { bus, clock } = createWorkBus({ priority: "high" });
    const seen: string[] = [];
    for (const id of ["a", "b"]) {
      bus.subscribe("work", async ({ data }) => {
        seen.push(id);
        if (data === "slow") await clock.sleep(10);
      });
    }
    const slow = bus.emit({ type: "work", data: "slow" });
    await bus.emit({ type: "work", data: "quick" });
    await clock.runUntil(slow);
    await bus.emit({ type: "work", data: "quick" });
    expect(seen).toEqual(["a", "b", "a"]);
  });

  it("never gives a member more events at a time than its concurrency, and leaves full members out", async () => {
    const { bus, clock } = createWorkBus({ capacity: 100 });
    const running = [0, 0];
    const most = [0, 0];
    for (const [index, concurrency] of [1, 3].entries()) {
      bus.subscribe(
        "work",
        async () => {
          running[index] = (running[index] ?? 0) + 1;
          most[index] = Math.max(most[index] ?? 0, running[index] ?? 0);
          await clock.sleep(10);
          running[index] = (running[index] ?? 0) - 1;
        },
        { concurrency },
      );
    }
    for (const event of workEvents(40)) bus.publish(event);
    await clock.runUntil(bus.drained());
    expect(most).toEqual([1, 3]);
    // Forty events on four slots of 10 ms each.
    expect(clock.now() - 1_000_000).toBe(100);
  });

  it("gives a member no events once it has left, and holds them until another comes", async () => {
    const { bus, clock } = createWorkBus({});
    const seen: unknown[] = [];
    const subscription = bus.subscribe("work", (event) => void seen.push(event.data));
    bus.publish({ type: "work", data: "held" });
    subscription[Symbol.dispose]();
    await clock.runUntil(bus.drained());
    expect([seen, bus.stats().channels["work"]?.waiting]).toEqual([[], 1]);
    bus.subscribe("work", (event) => void seen.push(event.data));
    await clock.runUntil(bus.drained());
    expect(seen).toEqual(["held"]);
  });

  it("is not held up by a member that has left and hangs", async () => {
    const { bus, clock } = createWorkBus({});
    const hanging = bus.subscribe("work", () => new Promise<void>(() => undefined), { concurrency: 2 });
    for (const event of workEvents(2)) bus.publish(event);
    await clock.advance(10);
    const seen: unknown[] = [];
    bus.subscribe("work", (event) => void seen.push(event.data));
    hanging[Symbol.dispose]();
    bus.publish({ type: "work", data: "next" });
    await clock.advance(10);
    expect(seen).toEqual(["next"]);
  });

  it("gives others no more room for a member that has left and ended since", async () => {
    const { bus, clock } = createWorkBus({});
    let running = 0;
    let most = 0;
    const handle = async () => {
      most = Math.max(most, ++running);
      await clock.sleep(100);
      running--;
    };
    bus.subscribe("work", handle);
    const leaving = bus.subscribe("work", () => clock.sleep(100));
    for (const event of workEvents(2)) bus.publish(event);
    await clock.advance(10);
    leaving[Symbol.dispose]();
    await clock.advance(100);
    for (const event of workEvents(3)) bus.publish(event);
    await clock.runUntil(bus.drained());
    expect([most, bus.stats().channels["work"]?.delivered]).toEqual([1, 5]);
  });

  it("does not ask a group for an event whose last member another group has sent away meanwhile", async () => {
    const { bus, clock } = createWorkBus({});
    const seen: string[] = [];
    const other = () => {
      seen.push("first");
      audit[Symbol.dispose]();
    };
    for (const id of ["a", "b"]) bus.subscribe("work", other, { group: "first", id });
    const audit = bus.subscribe("work", () => void seen.push("audit"), { group: "audit" });
    bus.publish({ type: "work", data: 1 });
    await clock.runUntil(bus.drained());
    expect(seen).toEqual(["first"]);
    expect(bus.stats().channels["work"]).toMatchObject({ delivered: 1, failed: 0 });
  });

  it("does not give up an event whose next attempt nobody is left for", async () => {
    const { bus, clock } = createWorkBus({ retries: { attempts: 3, backoff: "100ms" } });
    const first = bus.subscribe("work", () => Promise.reject(new Error("not here")));
    bus.publish({ type: "work", data: 1 });
    await clock.advance(10);
    first[Symbol.dispose]();
    await clock.advance(100);
    expect(bus.stats().channels["work"]).toMatchObject({ failed: 0, waiting: 1, inFlight: 0 });
    bus.subscribe("work", () => undefined);
    await clock.runUntil(bus.drained());
    expect(bus.stats().channels["work"]).toMatchObject({ failed: 0, delivered: 1 });
  });

  it("puts back what it cuts off with a signal, for others, and takes part no longer", async () => {
    const { bus, clock } = createWorkBus({ priority: "high" });
    const cut = new AbortController();
    const seen: string[] = [];
    bus.subscribe("work", (_event, { signal }) => clock.sleep(1000, signal), { id: "cut", signal: cut.signal });
    const emitted = bus.emit({ type: "work", data: 1 });
    bus.subscribe("work", ({ data }) => void seen.push(`other ${data}`));
    cut.abort(new Error("leaving"));
    expect((await clock.runUntil(emitted)).routes).toEqual([{ channel: "work", outcome: "delivered" }]);
    expect(seen).toEqual(["other 1"]);
    expect(bus.stats().channels["work"]).toMatchObject({ subscribers: 1, failed: 0, retries: 0, delivered: 1 });
    bus.subscribe("work", () => undefined, { signal: cut.signal });
    expect(bus.stats().channels["work"]?.subscribers).toBe(1);
  });

  it("gives an event that one group failed at, and another was cut off from, to all groups again", async () => {
    const { bus, clock } = createWorkBus({});
    const cut = new AbortController();
    let attempts = 0;
    const fail = () => {
      attempts++;
      throw new Error("broken");
    };
    bus.subscribe("work", fail, { group: "fails" });
    bus.subscribe("work", (_event, { signal }) => clock.sleep(60_000, signal), { group: "cut", signal: cut.signal });
    bus.publish({ type: "work", data: 1 });
    await clock.advance(10);
    cut.abort();
    await clock.runUntil(bus.drained());
    expect([attempts, clock.now()]).toEqual([2, 1_000_010]);
    expect(bus.stats().channels["work"]).toMatchObject({ accepted: 1, failed: 1, delivered: 0 });
  });

  it("sheds at the stop what was cut off before, when the queue is in memory", async () => {
    const { bus, clock } = createWorkBus({});
    const cut = new AbortController();
    bus.subscribe("work", (_event, { signal }) => clock.sleep(1000, signal), { signal: cut.signal });
    bus.publish({ type: "work", data: 1 });
    await clock.advance(10);
    cut.abort();
    await bus[Symbol.asyncDispose]();
    expect(bus.stats().channels["work"]).toMatchObject({ failed: 0, shed: 1, waiting: 0, inFlight: 0 });
  });

  it("lets no emitter wait for an event that nobody is left to handle", async () => {
    const { bus, clock } = createWorkBus({ priority: "high" });
    const subscription = bus.subscribe("work", () => clock.sleep(100));
    const [handled, queued] = workEvents(2).map((event) => bus.emit(event));
    subscription[Symbol.dispose]();
    expect((await clock.runUntil(Promise.all([handled, queued]))).map((result) => result?.routes[0]?.outcome)).toEqual([
      "delivered",
      "queued",
    ]);
  });

  it("counts an event as failed when one of the groups fails", async () => {
    const { bus, clock } = createWorkBus({ priority: "high" });
    bus.subscribe("work", () => undefined, { group: "fine" });
    bus.subscribe("work", () => Promise.reject(new Error("no")), { group: "bad" });
    const { routes } = await clock.runUntil(bus.emit({ type: "work", data: 1 }));
    expect(routes).toEqual([{ channel: "work", outcome: "failed", error: new Error("no") }]);
    expect(bus.stats().channels["work"]).toMatchObject({ delivered: 0, failed: 1 });
  });

  it("fails the event, and goes on, when a balancer answers nonsense", async () => {
    const bus = new EventBus(
      { channels: { work: { priority: "high" } } },
      { clock: new VirtualClock(), createBalancer: () => ({ pick: () => 7 }) },
    );
    bus.addRoute({ eventType: "work", channel: "work" });
    for (let member = 0; member < 2; member++) bus.subscribe("work", () => undefined);
    const [route] = (await bus.emit({ type: "work", data: 1 })).routes;
    expect(route?.outcome).toBe("failed");
    expect(isLlmspellError(route?.error, "LLMSPELL_E_CHANNEL_BALANCER")).toBe(true);
  });

  it.each([{ concurrency: 0 }, { concurrency: 1.5 }, { weight: 0 }, { id: "taken" }])("refuses %j", async (options) => {
    const { bus } = createWorkBus({});
    bus.subscribe("work", () => undefined, { id: "taken" });
    expect(await codeOf(() => bus.subscribe("work", () => undefined, options))).toBe("LLMSPELL_E_CHANNEL_SUBSCRIBER");
  });
});

describe("construction", () => {
  it("takes static and pattern routes from the options", () => {
    const routes = [
      { use: "static", event: "a", channel: "work" },
      { use: "pattern", pattern: "^b", channel: "work", priority: "critical" },
    ];
    const { bus } = createBus({ channels: { work: {} }, routes });
    bus.subscribe("work", () => undefined);
    expect(["a", "b1", "c"].map((type) => bus.publish({ type, data: 1 }))).toEqual([1, 2, UNROUTED]);
  });

  it.each<[string, EventsSection]>([
    ["LLMSPELL_E_CHANNEL_UNKNOWN", { routes: [{ use: "static", event: "a", channel: "none" }] }],
    ["LLMSPELL_E_CHANNEL_UNKNOWN", { channels: { work: { deadLetter: "none" } } }],
    ["LLMSPELL_E_EVENT_ROUTE", { routes: [{ use: "static", event: "a" }] }],
    ["LLMSPELL_E_EVENT_IMPLEMENTATION", { channels: { work: { queue: "sqlite" } } }],
    ["LLMSPELL_E_EVENT_IMPLEMENTATION", { routes: [{ use: "dynamic", when: "true", channel: "work" }] }],
    [
      "LLMSPELL_E_EVENT_PATTERN",
      { channels: { work: {} }, routes: [{ use: "pattern", pattern: "(?=a)", channel: "work" }] },
    ],
    ["LLMSPELL_E_RATE", { channels: { work: { rateLimit: "10" } } }],
  ])("throws %s for %j", async (code, options) => {
    expect(await codeOf(() => new EventBus(options))).toBe(code);
  });

  it("takes channels and routes while running, and lets routes go", async () => {
    const { bus } = createBus({});
    bus.addChannel("late", { priority: "critical" });
    expect(await codeOf(() => bus.addChannel("late"))).toBe("LLMSPELL_E_CHANNEL_EXISTS");
    expect(await codeOf(() => bus.addChannel("lost", { deadLetter: "none" }))).toBe("LLMSPELL_E_CHANNEL_UNKNOWN");
    expect(await codeOf(() => bus.addChannel("lost", { rateLimit: "10" }))).toBe("LLMSPELL_E_RATE");
    bus.addChannel("lost");
    expect(Object.keys(bus.stats().channels)).toEqual(["late", "lost"]);
    bus.subscribe("late", () => undefined);
    const route = bus.addDynamicRoute({ condition: ({ data }) => data === "yes", channel: "late" });
    expect([bus.publish({ type: "x", data: "yes" }), bus.publish({ type: "x", data: "no" })]).toEqual([1, UNROUTED]);
    route[Symbol.dispose]();
    expect(bus.publish({ type: "x", data: "yes" })).toBe(UNROUTED);
  });
});

describe("routes that come and go between events in a row", () => {
  it("are asked again when they could not answer", () => {
    const { bus } = createBus({ channels: { work: { priority: "critical" } } });
    bus.subscribe("work", () => undefined);
    let asked = 0;
    const matchesType = () => {
      if (++asked === 1) throw new Error("not yet");
      return true;
    };
    bus.addRoute({ matcher: { matchesType }, channel: "work" });
    const sequences = [1, 2, 3].map((data) => bus.publish("work", data));
    expect([sequences, asked]).toEqual([[UNROUTED, 2, 3], 2]);
  });

  it("are heeded at once", () => {
    const { bus } = createBus({ channels: { a: { priority: "critical" }, b: { priority: "critical" } } });
    const seen: unknown[] = [];
    for (const channel of ["a", "b"]) bus.subscribe(channel, ({ data }) => void seen.push(`${channel}${data}`));
    const route = bus.addRoute({ eventType: "work", channel: "a" });
    for (let data = 0; data < 3; data++) bus.publish("work", data);
    const further = bus.addRoute({ eventType: "work", channel: "b" });
    for (let data = 3; data < 5; data++) bus.publish("work", data);
    further[Symbol.dispose]();
    bus.publish("work", 5);
    route[Symbol.dispose]();
    expect(bus.publish("work", 6)).toBe(UNROUTED);
    expect(seen).toEqual(["a0", "a1", "a2", "a3", "b3", "a4", "b4", "a5"]);
  });
});

describe("emitBatch", () => {
  it("bounds how many are emitted at a time, and reports", async () => {
    const { bus, clock } = createWorkBus({ priority: "high" });
    let running = 0;
    let most = 0;
    bus.subscribe(
      "work",
      async (event) => {
        most = Math.max(most, ++running);
        await clock.sleep(10);
        running--;
        if (event.data === 3) throw new Error("no");
      },
      { concurrency: 100 },
    );
    const result = await clock.runUntil(bus.emitBatch(workEvents(9), { maxConcurrency: 3 }));
    expect(result).toMatchObject({ successCount: 8, failureCount: 1, skippedCount: 0, avgLatency: 10 });
    expect(result.results.map((emitted) => emitted && "sequence" in emitted && emitted.sequence)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
    expect(most).toBe(3);
  });

  it("goes on after an event that is none, and tells what is wrong with it", async () => {
    const { bus } = createWorkBus({ priority: "critical" });
    bus.subscribe("work", () => undefined);
    const result = await bus.emitBatch([{ type: "", data: 1 }, ...workEvents(2)], { maxConcurrency: 1 });
    expect(result).toMatchObject({ successCount: 2, failureCount: 1, skippedCount: 0 });
    expect(result.results).toMatchObject([
      { outcome: "invalid", error: { code: "LLMSPELL_E_EVENT_TYPE" } },
      { outcome: "routed" },
      { outcome: "routed" },
    ]);
  });

  it("stops after a failure when told so, or when aborted", async () => {
    const { bus, clock } = createWorkBus({ priority: "critical" });
    bus.subscribe("work", ({ data }) => (data === 1 ? Promise.reject(new Error("no")) : undefined));
    const stopped = bus.emitBatch(workEvents(5), { maxConcurrency: 1, failureStrategy: "stop" });
    expect(await clock.runUntil(stopped)).toMatchObject({ successCount: 1, failureCount: 1, skippedCount: 3 });
    const aborted = bus.emitBatch(workEvents(5), { signal: AbortSignal.abort() });
    expect(await aborted).toMatchObject({ successCount: 0, failureCount: 0, skippedCount: 5, avgLatency: 0 });
  });
});

describe("opening", () => {
  it("does not count events twice that were emitted before it", async () => {
    const { bus } = createWorkBus({});
    bus.subscribe("work", () => undefined);
    bus.publish({ type: "work", data: 1 });
    await bus.open();
    expect(bus.stats().channels["work"]).toMatchObject({ offered: 1, accepted: 1, delivered: 1 });
  });
});

describe("stopping", () => {
  it("waits in drained until everything is handled, and gives up with the signal", async () => {
    const { bus, clock } = createWorkBus({});
    bus.subscribe("work", () => clock.sleep(1000));
    bus.publish({ type: "work", data: 1 });
    const abort = new AbortController();
    const aborted = bus.drained(abort.signal);
    abort.abort(new Error("no longer"));
    await expect(aborted).rejects.toThrow("no longer");
    await clock.runUntil(bus.drained());
    expect(clock.now()).toBe(1_001_000);
  });

  it("sheds what waits, cuts off what runs, refuses what comes, and accounts for all of it", async () => {
    const { bus, clock } = createWorkBus({ priority: "high", capacity: 2, overflow: "block" });
    bus.subscribe("work", (_event, { signal }) => clock.sleep(60_000, signal));
    const emits = Promise.all(workEvents(5).map((event) => bus.emit(event)));
    await clock.advance(0);
    await clock.runUntil(bus[Symbol.asyncDispose]());
    const outcomes = (await emits).map(({ routes }) => routes[0]?.outcome);
    expect(outcomes).toEqual(["shed", "shed", "shed", "rejected", "rejected"]);
    expect(bus.publish({ type: "work", data: 1 })).toBe(REJECTED);
    expect(bus.stats()).toMatchObject({ emitted: 6, routed: 3, refused: 3, emitting: 0 });
    expect(bus.stats().channels["work"]).toMatchObject({
      offered: 6,
      accepted: 3,
      shed: 3,
      rejected: 3,
      waiting: 0,
      inFlight: 0,
    });
    expect(clock.now()).toBe(1_000_000);
    expect(clock.pendingTimers).toBe(0);
  });

  it("refuses who was given room at the moment of the stop", async () => {
    const { bus } = createWorkBus({ capacity: 2, overflow: "block" });
    let stopped: Promise<void> | undefined;
    bus.subscribe("work", ({ data }) => {
      if (data === 1) stopped = bus[Symbol.asyncDispose]();
    });
    const emits = workEvents(3).map((event) => bus.emit(event));
    const outcomes = (await Promise.all(emits)).map(({ routes }) => routes[0]?.outcome);
    await stopped;
    expect(outcomes).toEqual(["queued", "queued", "rejected"]);
    expect(bus.stats().channels["work"]).toMatchObject({ delivered: 2, rejected: 1, shed: 0, blocked: 0 });
  });

  it("does not wait for ever for a handler that ignores the signal", async () => {
    const { bus, clock } = createWorkBus({ priority: "critical" });
    bus.subscribe("work", () => new Promise<void>(() => undefined));
    const emitted = bus.emit({ type: "work", data: 1 });
    await clock.runUntil(bus[Symbol.asyncDispose]());
    expect(clock.now()).toBe(1_005_000);
    expect((await emitted).routes).toEqual([{ channel: "work", outcome: "queued" }]);
    expect(bus.stats().channels["work"]).toMatchObject({ accepted: 1, inFlight: 1 });
  });
});

/** Stores after a delay, as a queue on disk or another machine does, and keeps what was not acknowledged. */
class SlowQueue extends MemoryQueue implements Queue {
  override readonly durable = true;
  readonly acknowledged: string[] = [];
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    super();
    this.#clock = clock;
  }

  override async enqueue(event: BusEvent): Promise<void> {
    await this.#clock.sleep(5);
    if (event.data === "unstorable") throw new Error("disk full");
    super.enqueue(event, "normal");
  }

  override async ack(event: BusEvent): Promise<void> {
    await this.#clock.sleep(5);
    if (event.data === "unacknowledgeable") throw new Error("disk full");
    this.acknowledged.push(event.id);
  }
}

function eventFromEarlierRun(): BusEvent {
  const text = { id: "old-7", type: "work", source: "llmspell", subject: undefined, key: undefined };
  return { ...text, time: 0, data: 1, sequence: 0, emittedAt: 0, deadLetter: undefined };
}

describe("a queue that stores asynchronously", () => {
  async function createDurableBus() {
    const clock = new VirtualClock();
    const queue = new SlowQueue(clock);
    const bus = new EventBus({ channels: { work: { capacity: 2 } } }, { clock, createQueue: () => queue });
    bus.addRoute({ eventType: "work", channel: "work" });
    await bus.open();
    return { bus, clock, queue };
  }

  it("says queued only when the event is stored, and acknowledges it after it was handled", async () => {
    const { bus, clock, queue } = await createDurableBus();
    bus.subscribe("work", () => clock.sleep(20));
    await clock.runUntil(bus.emit({ type: "work", data: 1, id: "e" }));
    expect(clock.now()).toBe(5);
    await clock.advance(24);
    expect(queue.acknowledged).toEqual([]);
    await clock.advance(1);
    expect(queue.acknowledged).toEqual(["e"]);
  });

  it("lets no emitter of an urgent event wait while there is no subscriber", async () => {
    const { bus, clock } = await createDurableBus();
    bus.addRoute({ eventType: "urgent", channel: "work", priority: "critical" });
    const emitted = await clock.runUntil(bus.emit({ type: "urgent", data: 1 }));
    expect(emitted.routes).toEqual([{ channel: "work", outcome: "queued" }]);
  });

  it("counts events that are being stored against the capacity", async () => {
    const { bus, clock } = await createDurableBus();
    bus.subscribe("work", () => undefined);
    expect(workEvents(3).map((event) => bus.publish(event))).toEqual([1, 2, REJECTED]);
    expect(bus.stats().channels["work"]).toMatchObject({ offered: 3, accepted: 0, blocked: 2, rejected: 1 });
    await clock.runUntil(bus.drained());
    expect(bus.stats().channels["work"]).toMatchObject({ accepted: 2, delivered: 2, blocked: 0 });
  });

  it("rejects what it cannot store, and counts lost acknowledgements", async () => {
    const { bus, clock } = await createDurableBus();
    bus.subscribe("work", () => undefined);
    const result = await clock.runUntil(bus.emit({ type: "work", data: "unstorable" }));
    expect(result.routes).toEqual([{ channel: "work", outcome: "rejected", error: new Error("disk full") }]);
    bus.publish({ type: "work", data: "unstorable" });
    bus.publish({ type: "work", data: "unacknowledgeable" });
    await clock.runUntil(bus.drained());
    await clock.advance(5);
    expect(bus.stats().channels["work"]).toMatchObject({
      offered: 3,
      accepted: 1,
      rejected: 2,
      delivered: 1,
      queueErrors: 3,
    });
  });

  it("accepts events for subscribers to come, keeps them at the stop, and takes up what is left at the start", async () => {
    const { bus, clock, queue } = await createDurableBus();
    await clock.runUntil(bus.emit({ type: "work", data: 1 }));
    await bus[Symbol.asyncDispose]();
    expect(queue.size).toBe(1);
    const next = new EventBus({ channels: { work: {} } }, { clock, createQueue: () => queue });
    await next.open();
    next.subscribe("work", () => undefined);
    await clock.runUntil(next.drained());
    expect(next.stats().channels["work"]).toMatchObject({ offered: 1, accepted: 1, delivered: 1 });
  });

  it("hands out what is left when it opens, without anybody emitting, to those who subscribed before", async () => {
    const clock = new VirtualClock();
    const queue = new SlowQueue(clock);
    await clock.runUntil(queue.enqueue(eventFromEarlierRun()));
    const bus = new EventBus({ channels: { work: {} } }, { clock, createQueue: () => queue });
    const seen: string[] = [];
    bus.subscribe("work", ({ id }) => void seen.push(id));
    await clock.advance(1000);
    expect(seen).toEqual([]);
    await bus.open();
    await clock.advance(10);
    expect(seen).toEqual(["old-7"]);
  });

  it("hands out nothing while it opens, also when the queue wakes the channel, so that all it held is counted", async () => {
    const clock = new VirtualClock();
    const queue = new (class extends SlowQueue {
      async open(wake: () => void): Promise<void> {
        MemoryQueue.prototype.enqueue.call(this, eventFromEarlierRun(), "normal");
        wake();
        await clock.sleep(50);
      }
    })(clock);
    const bus = new EventBus({ channels: { work: {} } }, { clock, createQueue: () => queue });
    bus.subscribe("work", () => undefined);
    await clock.runUntil(bus.open());
    expect(bus.stats().channels["work"]).toMatchObject({ offered: 1, accepted: 1, delivered: 0, waiting: 1 });
    await clock.runUntil(bus.drained());
    expect(bus.stats().channels["work"]).toMatchObject({ offered: 1, accepted: 1, delivered: 1, waiting: 0 });
  });

  it("tries again later when the queue cannot give out an event", async () => {
    const { bus, clock, queue } = await createDurableBus();
    let failures = 2;
    const dequeue = queue.dequeue.bind(queue);
    queue.dequeue = () => {
      if (failures-- > 0) throw new Error("disk busy");
      return dequeue();
    };
    bus.subscribe("work", () => undefined);
    bus.publish({ type: "work", data: 1 });
    await clock.runUntil(bus.drained());
    expect(bus.stats().channels["work"]).toMatchObject({ accepted: 1, delivered: 1, queueErrors: 2 });
  });

  it("returns an event to the queue when its handler was cut off", async () => {
    const { bus, clock, queue } = await createDurableBus();
    bus.subscribe("work", (_event, { signal }) => clock.sleep(1000, signal));
    bus.publish({ type: "work", data: 1 });
    await clock.advance(20);
    await bus[Symbol.asyncDispose]();
    expect([queue.size, queue.acknowledged]).toEqual([1, []]);
    expect(bus.stats().channels["work"]).toMatchObject({ accepted: 1, waiting: 1, inFlight: 0, failed: 0 });
  });
});
