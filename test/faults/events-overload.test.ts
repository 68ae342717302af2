import { type BackpressureChange, EventBus, PRIORITIES, type Priority } from "@llmspell/events";
import { PipelineRunner } from "@llmspell/pipelines";
import { AdaptiveFlowController, GradientFlowController } from "@llmspell/plugin-flow-controllers";
import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { statsOf } from "./channel-sums.ts";

/** What the one subscriber can do: 100 events a second. */
const HANDLING = 10;
/**
 * The pressure is read every 100 ms, in which a flood brings 490 events. Low ones are refused from 480 (0.8) on, and from then on no
 * others come that fill the queue.
 */
const CAPACITY = 600;
/** Of this flood the normal events alone would fill such a queue until the next reading; they are refused from 950 on. */
const LARGE_CAPACITY = 1000;
const STEP = 10;
const OVERLOAD = 10_000;
/** What lies between two readings, and two more in which the rate comes down. */
const REACTION = 300;
/** So long after the overload, and after what waits has been worked off, there is no limit any more; milliseconds. */
const RECOVERY = 2000;

type Counts = Record<Priority, number>;

/** 50 times what can be handled, nearly all of it low. */
const FLOOD: Readonly<Counts> = { critical: 10, high: 10, normal: 30, low: 4950 };
/** The same, with more normal events than can be handled. */
const NORMAL_FLOOD: Readonly<Counts> = { critical: 10, high: 10, normal: 2480, low: 2500 };
/** Half of what can be handled. */
const CALM: Readonly<Counts> = { critical: 5, high: 5, normal: 20, low: 20 };

const CONTROLLERS = { adaptive: AdaptiveFlowController, gradient: GradientFlowController };
type ControllerName = keyof typeof CONTROLLERS;

function none(): Counts {
  return { critical: 0, high: 0, normal: 0, low: 0 };
}

function sumOf(counts: Readonly<Counts>): number {
  return PRIORITIES.reduce((sum, priority) => sum + counts[priority], 0);
}

function createBus(use: ControllerName, capacity: number, maxRate?: string) {
  const clock = new VirtualClock();
  const controller = { use, ...(maxRate === undefined ? {} : { maxRate }) };
  const bus = new EventBus(
    { backpressure: { controller }, channels: { work: { capacity } } },
    { clock, heapUse: () => 0.2, createFlowController: () => new CONTROLLERS[use]() },
  );
  const handled = none();
  for (const priority of PRIORITIES) bus.addRoute({ eventType: priority, channel: "work", priority });
  bus.subscribe("work", async ({ type }) => {
    await clock.sleep(HANDLING);
    for (const priority of PRIORITIES) if (priority === type) handled[priority]++;
  });
  const changes: BackpressureChange[] = [];
  bus.on("backpressure", (change) => changes.push(change));
  return { bus, clock, handled, changes };
}

function overloadable(use: ControllerName, capacity: number) {
  const { bus, clock, handled, changes } = createBus(use, capacity);
  const offered = none();
  const refused = none();
  const seen = { peak: 0, unjust: 0 };

  /** Publishes one event; whether it was refused. */
  function publish(priority: Priority): boolean {
    offered[priority]++;
    const isRefused = bus.publish(priority, offered[priority]) < 0;
    if (isRefused) refused[priority]++;
    seen.peak = Math.max(seen.peak, statsOf(bus, "work").waiting);
    return isRefused;
  }

  /** Publishes so many events a second of each priority, evenly, for a time in milliseconds. */
  async function run(perSecond: Readonly<Counts>, duration: number): Promise<void> {
    const due = none();
    for (let time = 0; time < duration; time += STEP) {
      let isNormalRefused = false;
      for (const priority of PRIORITIES) {
        for (due[priority] += (perSecond[priority] * STEP) / 1000; due[priority] >= 1 - 1e-9; due[priority]--) {
          const isRefused = publish(priority);
          if (priority === "normal" && isRefused) isNormalRefused = true;
          // A low event that comes in where a normal one did not, at the same moment.
          if (priority === "low" && !isRefused && isNormalRefused) seen.unjust++;
        }
      }
      await clock.advance(STEP);
    }
  }
  return { bus, clock, run, changes, offered, refused, handled, seen };
}

/** Afterwards half of what can be handled comes in: the limit goes, nothing more is refused, and nothing is missing in the end. */
async function expectRecovery({
  bus,
  clock,
  run,
  changes,
  offered,
  refused,
  handled,
}: ReturnType<typeof overloadable>) {
  const spare = 1 / HANDLING - sumOf(CALM) / 1000;
  await run(CALM, statsOf(bus, "work").waiting / spare + RECOVERY);
  expect(statsOf(bus, "work")).toMatchObject({ rate: undefined, pressure: "open" });
  expect(changes.at(-1)).toMatchObject({ flow: { after: undefined } });
  const refusedBefore = sumOf(refused);
  await run(CALM, OVERLOAD);
  expect(sumOf(refused)).toBe(refusedBefore);
  expect(statsOf(bus, "work").waiting).toBeLessThan(5);

  await clock.runUntil(bus.drained());
  for (const priority of PRIORITIES) expect(handled[priority] + refused[priority]).toBe(offered[priority]);
  const { delivered, rejected, refusedForPressure, rateLimited, refusedForRate } = statsOf(bus, "work");
  expect(delivered).toBe(sumOf(handled));
  expect([refusedForPressure, refusedForRate]).toEqual([rejected, rateLimited]);
  expect(rejected + rateLimited).toBe(sumOf(refused));
  await bus[Symbol.asyncDispose]();
  expect(clock.pendingTimers).toBe(0);
}

describe.each(["adaptive", "gradient"] as const)("50 times too much for 10 s, steered by %s", (use) => {
  it("costs low events only, while the others fit, and is over soon", async () => {
    const overloaded = overloadable(use, CAPACITY);
    const { bus, run, offered, refused, handled, seen, changes } = overloaded;
    await run(FLOOD, OVERLOAD);
    expect(offered).toEqual({ critical: 100, high: 100, normal: 300, low: 49_500 });
    expect(refused).toMatchObject({ critical: 0, high: 0, normal: 0 });
    expect(seen.peak).toBeLessThan(CAPACITY);
    expect(sumOf(handled)).toBeGreaterThanOrEqual(980);
    expect(statsOf(bus, "work")).toMatchObject({ pressure: "open", rejected: expect.toSatisfy((n) => n > 0) });
    expect(statsOf(bus, "work").refusedForRate).toBeGreaterThan(25_000);
    expect(changes.find(({ flow }) => flow !== undefined)?.flow).toMatchObject({ before: undefined });
    await expectRecovery(overloaded);
  });

  it("lets no low event in where normal ones are refused, and never refuses urgent ones", async () => {
    const overloaded = overloadable(use, LARGE_CAPACITY);
    const { run, offered, refused, handled, seen } = overloaded;
    await run(NORMAL_FLOOD, REACTION);
    const lowBefore = offered.low - refused.low;
    await run(NORMAL_FLOOD, OVERLOAD - REACTION);
    expect(refused).toMatchObject({ critical: 0, high: 0 });
    expect(refused.normal).toBeGreaterThan(20_000);
    expect(offered.low - refused.low).toBe(lowBefore);
    expect(seen.unjust).toBe(0);
    expect(seen.peak).toBeLessThan(LARGE_CAPACITY);
    expect(sumOf(handled)).toBeGreaterThanOrEqual(980);
    expect(handled.critical).toBeGreaterThanOrEqual(offered.critical - 1);
    await expectRecovery(overloaded);
  });

  it("that comes from sources which wait for `emit` costs nothing: they are slowed to what can be handled", async () => {
    const { bus, clock, handled } = createBus(use, CAPACITY, "1000/s");
    const overload = new AbortController();
    let pushed = 0;
    const source = async () => {
      let outcome = "routed";
      // What is refused is refused at once: a source that does not stop then would never end.
      for (; outcome === "routed" && !overload.signal.aborted; pushed++) {
        ({ outcome } = await bus.emit({ type: "low", data: pushed }));
      }
    };
    const sources = Promise.all(Array.from({ length: 5 }, source));
    await clock.advance(OVERLOAD);
    expect(handled.low).toBeGreaterThanOrEqual(980);
    const { waiting, rate } = statsOf(bus, "work");
    expect(waiting).toBeLessThan(CAPACITY);
    expect(rate).toBeLessThan(300);
    overload.abort();
    await clock.runUntil(sources);
    await clock.runUntil(bus.drained());
    expect(statsOf(bus, "work")).toMatchObject({ offered: pushed, blocked: 0 });
    expect(statsOf(bus, "work")).toMatchObject({ delivered: pushed, rateLimited: 0, rejected: 0 });
    await bus[Symbol.asyncDispose]();
  });

  it("that a configured source reads without a pause costs nothing either: it is made to wait", async () => {
    const { bus, clock, handled } = createBus(use, CAPACITY, "1000/s");
    let read = 0;
    const endless = {
      async *open({ signal }: { readonly signal: AbortSignal }) {
        while (!signal.aborted) yield { n: read++ };
      },
    };
    const runner = new PipelineRunner({ sources: { endless: { use: endless, type: "normal" } } }, { bus, clock });
    await runner.start();
    runner.openSources();
    await clock.advance(OVERLOAD);
    const { delayed, rate, waiting } = statsOf(bus, "work");
    expect(handled.normal).toBeGreaterThanOrEqual(980);
    expect(delayed).toBeGreaterThan(900);
    expect(rate).toBeLessThan(300);
    expect(waiting).toBeLessThan(CAPACITY);
    await clock.runUntil(runner.drain());
    await clock.runUntil(bus.drained());
    expect(runner.stats().sources["endless"]).toMatchObject({ in: read, out: read, refused: 0, pending: 0 });
    expect(statsOf(bus, "work")).toMatchObject({ delivered: read, blocked: 0, rateLimited: 0, rejected: 0 });
    await runner[Symbol.asyncDispose]();
    await bus[Symbol.asyncDispose]();
    expect(clock.pendingTimers).toBe(0);
  });
});
