import { type Log, silentLog } from "@llmspell/base";
import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import type { BackpressureChange } from "./bus-monitor.ts";
import { NO_SUBSCRIBERS, RATE_LIMITED } from "./emit-result.ts";
import { EventBus } from "./event-bus.ts";
import type { FlowDecision, FlowReading } from "./flow-controller.ts";
import type { ChannelOptions } from "./generated/options.ts";
import type { PerformanceStats } from "./performance-report.ts";
import { PRIORITIES } from "./priority.ts";

interface Setting {
  readonly work?: ChannelOptions;
  readonly bounds?: { readonly minRate?: string; readonly maxRate?: string };
  readonly adjust?: (reading: FlowReading) => FlowDecision | undefined;
  readonly log?: Log;
}

/** A bus with a channel `work`, which takes the events of each priority under its name. */
function createBus({ work = {}, bounds = {}, adjust = () => undefined, log }: Setting) {
  const clock = new VirtualClock();
  const bus = new EventBus(
    { backpressure: { controller: { use: "scripted", ...bounds } }, channels: { work } },
    { clock, log, heapUse: () => 0.25, createFlowController: () => ({ adjust }) },
  );
  for (const priority of PRIORITIES) bus.addRoute({ eventType: priority, channel: "work", priority });
  const statsOfWork = () => {
    const stats = bus.stats().channels["work"];
    if (stats === undefined) throw new Error("There is no channel work.");
    const { offered, accepted, rateLimited, breakerOpen, rejected, noSubscribers, blocked } = stats;
    expect(offered).toBe(accepted + rateLimited + breakerOpen + rejected + noSubscribers + blocked);
    return stats;
  };
  return { bus, clock, statsOfWork };
}

describe("a channel that is slowed down", () => {
  const slow = { bounds: { maxRate: "10/s" } };

  it("refuses what is published beyond the rate, urgent events excepted, and says so", () => {
    const { bus, statsOfWork } = createBus(slow);
    bus.subscribe("work", () => undefined);
    const published = [1, 2, 3].map((data) => bus.publish("normal", data));
    expect(published).toEqual([1, 2, RATE_LIMITED]);
    expect([bus.publish("low", 1), bus.publish("high", 1), bus.publish("critical", 1)]).toEqual([RATE_LIMITED, 5, 6]);
    expect(statsOfWork()).toMatchObject({ rate: 10, delayed: 0, rateLimited: 2, refusedForRate: 2, accepted: 4 });
  });

  it("has emit and enqueue wait for their turn", async () => {
    const { bus, clock, statsOfWork } = createBus(slow);
    bus.subscribe("work", () => undefined);
    const admittedAt: number[] = [];
    const emits = [1, 2, 3, 4].map(async (data) => {
      const input = { type: "normal", data };
      const { outcome, routes } = await (data % 2 === 0 ? bus.emit(input) : bus.enqueue(input));
      expect([outcome, routes]).toEqual(["routed", [{ channel: "work", outcome: "queued" }]]);
      admittedAt.push(clock.now());
    });
    expect(statsOfWork()).toMatchObject({ blocked: 2, delayed: 2, accepted: 2 });
    await clock.runUntil(bus.drained());
    await Promise.all(emits);
    expect(admittedAt).toEqual([0, 0, 100, 200]);
    expect(statsOfWork()).toMatchObject({ blocked: 0, delayed: 2, rateLimited: 0, delivered: 4 });
  });

  it("slows down a source that pushes as fast as it can", async () => {
    const { bus, clock, statsOfWork } = createBus({ bounds: { maxRate: "100/s" }, work: { capacity: 50 } });
    bus.subscribe("work", () => clock.sleep(5));
    let pushed = 0;
    let isOver = false;
    const source = async () => {
      for (; !isOver; pushed++) await bus.emit({ type: "normal", data: pushed });
    };
    const ended = source();
    await clock.advance(10_000);
    isOver = true;
    await clock.runUntil(ended);
    await clock.runUntil(bus.drained());
    expect(pushed).toBeGreaterThanOrEqual(1000);
    expect(pushed).toBeLessThanOrEqual(1022);
    expect(statsOfWork()).toMatchObject({ offered: pushed, delivered: pushed, rejected: 0, rateLimited: 0 });
    expect(statsOfWork().delayed).toBeGreaterThan(900);
  });

  it("gives up waiting when the signal aborts, and does not wait where it is told not to", async () => {
    const { bus, clock, statsOfWork } = createBus(slow);
    bus.subscribe("work", () => undefined);
    for (const data of [1, 2]) bus.publish("normal", data);
    const abort = new AbortController();
    const given = bus.emit({ type: "normal", data: 3 }, { signal: abort.signal });
    abort.abort("enough");
    expect((await given).routes).toEqual([{ channel: "work", outcome: "rate_limited", error: "enough" }]);
    const unawaited = await bus.enqueue({ type: "normal", data: 4 }, { unawaited: ["work"] });
    expect(unawaited).toMatchObject({ outcome: "refused", routes: [{ outcome: "rate_limited" }] });
    expect(statsOfWork()).toMatchObject({ delayed: 1, rateLimited: 2, refusedForRate: 2, blocked: 0 });
    await clock.runUntil(bus.drained());
  });

  it("lets as many emitters wait as events may wait in its queue", async () => {
    const { bus, clock, statsOfWork } = createBus({ ...slow, work: { capacity: 3 } });
    bus.subscribe("work", () => undefined);
    const emits = Array.from({ length: 7 }, (_, data) => bus.emit({ type: "normal", data }));
    expect(statsOfWork()).toMatchObject({ accepted: 2, blocked: 3, rateLimited: 2 });
    await clock.runUntil(Promise.all(emits));
    expect(statsOfWork()).toMatchObject({ accepted: 5, blocked: 0, delayed: 3, rateLimited: 2 });
  });

  it("asks again whether an event may come in when its turn has come", async () => {
    const { bus, clock, statsOfWork } = createBus(slow);
    const subscription = bus.subscribe("work", () => undefined);
    for (const data of [1, 2]) bus.publish("normal", data);
    const emitted = bus.emit({ type: "normal", data: 3 });
    subscription[Symbol.dispose]();
    expect((await clock.runUntil(emitted)).outcome).toBe("no_subscribers");
    expect(statsOfWork()).toMatchObject({ noSubscribers: 1, blocked: 0 });
    expect(bus.publish("normal", 4)).toBe(NO_SUBSCRIBERS);
  });

  it("turns away those who wait when the bus stops", async () => {
    const { bus, clock, statsOfWork } = createBus(slow);
    bus.subscribe("work", () => undefined);
    for (const data of [1, 2]) bus.publish("normal", data);
    const emitted = bus.emit({ type: "low", data: 3 });
    await bus[Symbol.asyncDispose]();
    expect((await emitted).routes).toEqual([{ channel: "work", outcome: "rejected" }]);
    expect(statsOfWork()).toMatchObject({ rejected: 1, refusedForRate: 0, blocked: 0 });
    expect(clock.pendingTimers).toBe(0);
  });

  it("takes dead letters all the same: they were let in before", async () => {
    const clock = new VirtualClock();
    const bus = new EventBus(
      {
        backpressure: { controller: { use: "scripted", maxRate: "1/s" } },
        channels: { work: { priority: "high", deadLetter: "dead" }, dead: {} },
      },
      { clock, heapUse: () => 0, createFlowController: () => ({ adjust: () => undefined }) },
    );
    bus.addRoute({ eventType: "work", channel: "work" });
    bus.subscribe("work", () => Promise.reject(new Error("broken")));
    bus.subscribe("dead", () => undefined);
    for (let data = 0; data < 5; data++) bus.publish("work", data);
    await clock.runUntil(bus.drained());
    expect(bus.stats().channels).toMatchObject({
      work: { deadLettered: 5, deadLettersRefused: 0 },
      dead: { delivered: 5 },
    });
  });
});

describe("a flow controller", () => {
  it("is asked ten times a second, and told how the channel fares", async () => {
    const readings: FlowReading[] = [];
    const { bus, clock } = createBus({
      work: { capacity: 40 },
      bounds: { minRate: "30/m", maxRate: "1000/s" },
      adjust: (reading) => void readings.push(reading),
    });
    bus.subscribe("work", () => clock.sleep(50));
    for (let data = 0; data < 21; data++) bus.publish("high", data);
    await clock.advance(1000);
    expect(readings).toHaveLength(10);
    expect(readings.map(({ now }) => now)).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
    expect(readings[0]).toEqual({
      ...{ now: 100, rate: 1000, minRate: 0.5, maxRate: 1000, eventLoop: 0, heap: 0.25 },
      ...{ waiting: 19, queue: 19 / 40, demand: 210, throughput: 10, busy: 0.5 },
    });
    expect(readings.at(-1)).toMatchObject({ waiting: 1, throughput: 19, demand: 21, busy: 10 / 11 });
  });

  it("counts what failed or expired as done with: subscribers were busy with it, or need not be", async () => {
    const readings: FlowReading[] = [];
    const { bus, clock } = createBus({ adjust: (reading) => void readings.push(reading) });
    bus.subscribe("work", async () => {
      await clock.sleep(50);
      throw new Error("broken");
    });
    for (let data = 0; data < 4; data++) bus.publish({ type: "normal", data, ttl: data < 3 ? undefined : "10ms" });
    await clock.advance(1000);
    expect(readings.at(-1)).toMatchObject({ throughput: 4, waiting: 0 });
  });

  it("counts those who wait as asking", async () => {
    const readings: FlowReading[] = [];
    const { bus, clock } = createBus({
      bounds: { maxRate: "1/s" },
      adjust: (reading) => void readings.push(reading),
    });
    bus.subscribe("work", () => undefined);
    const emits = Promise.all([1, 2, 3, 4].map((data) => bus.emit({ type: "normal", data })));
    await clock.advance(900);
    expect(readings[0]?.demand).toBe(42);
    expect(readings[8]?.demand).toBeCloseTo(4 / 0.9 + 2);
    await clock.runUntil(emits);
  });

  it("changes the rate within its bounds, which is seen on the bus and in every figure", async () => {
    const wanted = [500, 0.001, 20, 2000];
    const { bus, clock, statsOfWork } = createBus({
      bounds: { minRate: "5/s" },
      adjust: () => {
        const rate = wanted.shift();
        return rate === undefined ? undefined : { rate, reason: `the script says ${rate}` };
      },
    });
    const changes: BackpressureChange[] = [];
    const reports: PerformanceStats[] = [];
    bus.on("backpressure", (change) => changes.push(change));
    bus.on("performance_stats", (report) => reports.push(report));
    expect(statsOfWork().rate).toBeUndefined();
    await clock.advance(1000);
    const change = { channel: "work", level: "open", pressure: 0.25 };
    expect(changes).toEqual([
      { ...change, flow: { before: undefined, after: 500, reason: "the script says 500" } },
      { ...change, flow: { before: 500, after: 5, reason: "the script says 0.001" } },
      { ...change, flow: { before: 5, after: 20, reason: "the script says 20" } },
      { ...change, flow: { before: 20, after: 2000, reason: "the script says 2000" } },
    ]);
    expect(statsOfWork().rate).toBe(2000);
    expect(reports[0]?.channels["work"]?.rate).toBe(2000);
  });

  it("is logged when it begins and ceases to slow down, not at each step between", async () => {
    const logged: string[] = [];
    const log = { ...silentLog, warn: (text: string) => logged.push(text), info: (text: string) => logged.push(text) };
    const wanted = [50, 40, 30, 60, Number.POSITIVE_INFINITY];
    const { clock } = createBus({ log, adjust: () => ({ rate: wanted.shift() ?? 1e9, reason: "so it is" }) });
    await clock.advance(500);
    expect(logged).toEqual([
      "Channel work slows down what comes in: so it is.",
      "Channel work slows down nothing any more: so it is.",
    ]);
  });

  it.each<[fault: string, adjust: () => FlowDecision, logged: string]>([
    [
      "throws",
      () => {
        throw new Error("broken");
      },
      "broken",
    ],
    ["answers no number", () => ({ rate: Number.NaN, reason: "" }), "expected a rate of at least 0, got NaN"],
  ])("that %s leaves the rate as it is, and is logged once", async (_fault, adjust, problem) => {
    const logged: string[] = [];
    const log = { ...silentLog, error: (text: string) => logged.push(text) };
    const { clock, statsOfWork } = createBus({ log, adjust, bounds: { maxRate: "10/s" } });
    await clock.advance(1000);
    expect(statsOfWork().rate).toBe(10);
    expect(logged).toEqual([`The flow controller failed, and channel work keeps its rate: ${problem}`]);
  });

  it("that fails again after it has worked is logged again", async () => {
    const logged: string[] = [];
    const log = { ...silentLog, error: (text: string) => logged.push(text) };
    let asked = 0;
    const adjust = () => {
      if (++asked % 3 > 0) throw new Error(`broken at ${asked}`);
      return undefined;
    };
    const { clock } = createBus({ log, adjust });
    await clock.advance(500);
    expect(logged.map((line) => line.split(": ")[1])).toEqual(["broken at 1", "broken at 4"]);
  });

  it("cannot raise the rate above the highest, which is then no slowing down any more", async () => {
    const logged: string[] = [];
    const log = { ...silentLog, info: (text: string) => logged.push(text) };
    const wanted = [50, 1e6];
    const { clock, statsOfWork } = createBus({
      log,
      bounds: { maxRate: "100/s" },
      adjust: () => ({ rate: wanted.shift() ?? 1e6, reason: "so it is" }),
    });
    await clock.advance(100);
    expect(statsOfWork().rate).toBe(50);
    await clock.advance(300);
    expect([statsOfWork().rate, logged]).toEqual([100, ["Channel work slows down nothing any more: so it is."]]);
  });

  it("goes down to one event a second, or to the highest rate where that is less", async () => {
    const adjust = () => ({ rate: 0, reason: "stop" });
    const [plain, slower] = [createBus({ adjust }), createBus({ adjust, bounds: { maxRate: "30/m" } })];
    await plain.clock.advance(100);
    await slower.clock.advance(100);
    expect([plain.statsOfWork().rate, slower.statsOfWork().rate]).toEqual([1, 0.5]);
  });

  it("is refused with bounds that exclude each other, and without its plugin", () => {
    expect(() => createBus({ bounds: { minRate: "2/s", maxRate: "1/s" } })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_EVENT_FLOW_BOUNDS" }),
    );
    expect(() => new EventBus({ backpressure: { controller: "adaptive" } })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_EVENT_IMPLEMENTATION" }),
    );
  });
});
