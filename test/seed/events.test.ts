import type { EventHandler, EventInput } from "@llmspell/events";
import { VirtualClock } from "@llmspell/testkit";
import { HighPerformanceEventBus, type HighPerformanceEventBusOptions } from "llmspell";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runExample } from "./events/example.js";

/*
 * The example of "High-Performance Event Bus" as printed: its own class, option names, and lines on the console. Only the
 * clock is the test's.
 */

const printed: string[] = [];
beforeEach(() => {
  printed.length = 0;
  vi.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
});
afterEach(() => vi.restoreAllMocks());

/** In turn: a login, a click, a purchase and an upgrade, the last two by a premium user. */
function traffic(count: number): Promise<readonly EventInput[]> {
  const types = ["user_login", "user_click", "purchase", "user_upgrade"];
  const eventAt = (index: number) => {
    const type = types[index % types.length] ?? "";
    return { type, data: { userId: `u${index}`, premium: index % types.length > 1 } };
  };
  return Promise.resolve(Array.from({ length: count }, (_, index) => eventAt(index)));
}

function clicks(count: number): Promise<readonly EventInput[]> {
  return Promise.resolve(Array.from({ length: count }, () => ({ type: "user_click", data: {} })));
}

function setUp(generateEvents = traffic) {
  const clock = new VirtualClock();
  class TimedEventBus extends HighPerformanceEventBus {
    constructor(options: HighPerformanceEventBusOptions) {
      super(options, { clock });
    }
  }
  const { eventBus, handleHighTraffic } = runExample(TimedEventBus, generateEvents);
  const close = () => clock.runUntil(eventBus[Symbol.asyncDispose]());
  return { clock, eventBus, handleHighTraffic, [Symbol.asyncDispose]: close };
}

describe("the events of the seed's example", () => {
  it("all arrive, each once in every channel that wants it, and the bus reports it", async () => {
    await using desk = setUp();
    const { clock, eventBus } = desk;
    const handled = { actions: 0, premium: 0 };
    const act: EventHandler = ({ type }) => {
      handled.actions++;
      return type === "user_login" ? clock.sleep(4) : undefined;
    };
    eventBus.subscribe("user_actions", act, { concurrency: 20 });
    eventBus.subscribe("premium_user_actions", () => void handled.premium++);
    await clock.runUntil(desk.handleHighTraffic());
    await clock.runUntil(eventBus.drained());
    expect(handled).toEqual({ actions: 750, premium: 500 });
    // A quarter of the events are logins, which are awaited, for 4 ms each.
    expect(printed).toEqual(["Emitted 1000/1000 events", "Avg latency: 1ms"]);

    printed.length = 0;
    await clock.advance(1000 - clock.now());
    const states = ["user_actions", "system_events", "analytics", "premium_user_actions"];
    expect(printed).toEqual([
      "Throughput: 1250 events/sec",
      "Queue depth: 0",
      `Circuit breaker status: ${states.map((name) => `${name}: closed`).join(", ")}`,
    ]);
  });

  it("that come faster than the channel's rate are refused, and counted", async () => {
    await using desk = setUp(clicks);
    desk.eventBus.subscribe("user_actions", () => undefined);
    await desk.handleHighTraffic();
    await desk.handleHighTraffic();
    expect(printed).toEqual([
      "Emitted 1000/1000 events",
      "Avg latency: 0ms",
      "Emitted 0/1000 events",
      "Avg latency: 0ms",
    ]);
    expect(desk.eventBus.stats().channels["user_actions"]).toMatchObject({ accepted: 1000, rateLimited: 1000 });
    await desk.clock.advance(500);
    printed.length = 0;
    await desk.handleHighTraffic();
    expect(printed[0]).toBe("Emitted 500/1000 events");
  });

  it("wait for nobody: without subscribers they are refused, and the batch goes on", async () => {
    await using desk = setUp();
    await desk.handleHighTraffic();
    expect(printed).toEqual(["Emitted 0/1000 events", "Avg latency: 0ms"]);
    expect(desk.eventBus.stats()).toMatchObject({ emitted: 1000, noSubscribers: 1000 });
  });

  it("are shared as each channel's load balancer says", async () => {
    await using desk = setUp();
    const { clock, eventBus } = desk;
    const seen = { user_actions: [0, 0], system_events: [0, 0] };
    for (const channel of ["user_actions", "system_events"] as const) {
      for (const member of [0, 1]) {
        const handler: EventHandler = () => {
          seen[channel][member] = (seen[channel][member] ?? 0) + 1;
          return member === 0 ? clock.sleep(60_000) : undefined;
        };
        eventBus.subscribe(channel, handler, { concurrency: 50 });
      }
    }
    eventBus.addRoute({ eventType: "system_started", channel: "system_events" });
    for (let count = 0; count < 20; count++) {
      eventBus.publish("system_started", { count });
      eventBus.publish("user_login", { count });
    }
    expect(seen.user_actions).toEqual([10, 10]);
    expect(seen.system_events).toEqual([1, 19]);
  });

  it.each([
    ["system_events", 3],
    ["user_actions", 5],
  ])("stop coming to %s when %i of ten fail", async (channel, failures) => {
    await using desk = setUp();
    const { eventBus } = desk;
    eventBus.addRoute({ eventType: "system_check", channel });
    eventBus.subscribe(channel, ({ data }) => {
      if (data === "bad") throw new Error("no");
    });
    const check = (data: string) => eventBus.publish("system_check", data);
    for (let count = 0; count < 10 - failures; count++) check("good");
    for (let count = 1; count < failures; count++) check("bad");
    expect(eventBus.stats().channels[channel]?.breaker).toBe("closed");
    check("bad");
    expect(eventBus.stats().channels[channel]?.breaker).toBe("open");
  });

  it("that are analytics are handed out in batches, when the flush interval is over", async () => {
    await using desk = setUp();
    const { clock, eventBus } = desk;
    eventBus.addRoute({ eventType: "page_viewed", channel: "analytics" });
    const batches: number[] = [];
    eventBus.subscribeBatch("analytics", (events) => void batches.push(events.length));
    for (let count = 0; count < 600; count++) eventBus.publish("page_viewed", {});
    expect(eventBus.stats().channels["analytics"]).toMatchObject({ waiting: 500, rateLimited: 100 });
    await clock.advance(9);
    expect(batches).toEqual([]);
    await clock.advance(1);
    expect(batches).toEqual([100, 100, 100, 100, 100]);
  });
});
