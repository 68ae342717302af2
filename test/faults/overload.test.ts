import { type BusEvent, EventBus, MemoryQueue, type Priority } from "@llmspell/events";
import { VirtualClock } from "@llmspell/testkit";
import { expect, it } from "vitest";
import { statsOf } from "./channel-sums.ts";

/** What the one subscriber can do: 100 events a second. */
const HANDLING = 10;
const CAPACITY = 1000;
const STEP = 10;
const OVERLOAD = 10_000;

type Load = Readonly<Record<"critical" | "normal" | "low", number>>;
const NAMES = ["critical", "normal", "low"] as const;

/** Remembers what was dropped, and whether something less urgent was waiting then. */
class WatchedQueue extends MemoryQueue {
  readonly waiting = { critical: 0, high: 0, normal: 0, low: 0 };
  readonly dropped = { critical: 0, normal: 0, low: 0 };
  unjust = 0;

  override enqueue(event: BusEvent, priority: Priority): void {
    super.enqueue(event, priority);
    this.waiting[priority]++;
  }

  override dequeue(): BusEvent | undefined {
    const event = super.dequeue();
    if (event !== undefined) this.waiting[nameOf(event)]--;
    return event;
  }

  override evict(newcomer: Priority): BusEvent | undefined {
    const event = super.evict(newcomer);
    if (event === undefined) return undefined;
    const name = nameOf(event);
    this.waiting[name]--;
    this.dropped[name]++;
    if (name !== "low" && this.waiting.low > 0) this.unjust++;
    return event;
  }
}

function nameOf({ type }: BusEvent): keyof Load {
  const name = NAMES.find((known) => known === type);
  if (name === undefined) throw new Error(`There is no ${type}.`);
  return name;
}

function overloadable() {
  const clock = new VirtualClock();
  const queue = new WatchedQueue();
  const bus = new EventBus(
    { channels: { work: { capacity: CAPACITY, overflow: "drop_oldest" } } },
    { clock, createQueue: () => queue },
  );
  for (const name of NAMES) bus.addRoute({ eventType: name, channel: "work", priority: name });
  const handled = { critical: 0, normal: 0, low: 0 };
  let lastWait = 0;
  bus.subscribe("work", async (event) => {
    await clock.sleep(HANDLING);
    handled[nameOf(event)]++;
    lastWait = clock.now() - event.emittedAt;
  });
  const offered = { critical: 0, normal: 0, low: 0 };

  /** Emits so many events a second of each, evenly, for a time in milliseconds. */
  async function run(perSecond: Load, duration: number): Promise<void> {
    const due = { critical: 0, normal: 0, low: 0 };
    for (let time = 0; time < duration; time += STEP) {
      for (const name of NAMES) {
        for (due[name] += (perSecond[name] * STEP) / 1000; due[name] >= 1 - 1e-9; due[name]--) {
          offered[name]++;
          bus.publish({ type: name, data: {} });
        }
      }
      await clock.advance(STEP);
      statsOf(bus, "work");
    }
  }
  return { bus, clock, queue, run, handled, offered, lastWait: () => lastWait };
}

it("50 times too much sheds low only, while critical and normal fit, and recovers", async () => {
  const { bus, clock, queue, run, handled, offered, lastWait } = overloadable();
  await run({ critical: 40, normal: 30, low: 4930 }, OVERLOAD);
  expect(offered).toEqual({ critical: 400, normal: 300, low: 49_300 });
  expect(queue.dropped).toMatchObject({ critical: 0, normal: 0 });
  expect(handled.critical).toBeGreaterThanOrEqual(398);
  expect(handled.normal).toBeGreaterThanOrEqual(290);
  const { shed, rejected, delivered, waiting } = statsOf(bus, "work");
  expect(shed + rejected).toBe(50_000 - delivered - waiting - 1);
  expect(delivered).toBeGreaterThanOrEqual(990);

  // Afterwards half of what it can do comes in: what waits is worked off, and nothing more is lost.
  await run({ critical: 20, normal: 20, low: 10 }, 25_000);
  expect(statsOf(bus, "work")).toMatchObject({
    shed,
    rejected,
    waiting: expect.toSatisfy((count: number) => count < 5),
  });
  expect(lastWait()).toBeLessThan(100);
  await clock.runUntil(bus.drained());
  expect(handled).toMatchObject({ critical: offered.critical, normal: offered.normal });
  await bus[Symbol.asyncDispose]();
});

it("50 times too much, half of it normal, sheds all low before any normal, and never critical", async () => {
  const { bus, clock, queue, run, handled, offered } = overloadable();
  await run({ critical: 50, normal: 2500, low: 2450 }, OVERLOAD);
  expect(queue.unjust).toBe(0);
  expect(queue.dropped.critical).toBe(0);
  expect(queue.dropped.normal).toBeGreaterThan(20_000);
  expect(handled.critical).toBeGreaterThanOrEqual(offered.critical - 2);
  expect(handled.low).toBeLessThan(10);

  const { shed, rejected } = statsOf(bus, "work");
  await run({ critical: 20, normal: 20, low: 10 }, 25_000);
  expect(statsOf(bus, "work")).toMatchObject({ shed, rejected });
  await clock.runUntil(bus.drained());
  expect(handled.critical).toBe(offered.critical);
  await bus[Symbol.asyncDispose]();
});
