import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChannelOptions, EventBus, MemoryQueue, type Queue } from "@llmspell/events";
import { SqliteQueue } from "@llmspell/plugin-queues";
import { VirtualClock } from "@llmspell/testkit";
import { afterAll, describe, expect, it } from "vitest";
import { statsOf } from "./channel-sums.ts";

const directory = mkdtempSync(join(tmpdir(), "llmspell-faults-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let files = 0;

type CreateQueue = (clock: VirtualClock) => Queue;
const newPath = () => join(directory, `queue-${++files}.db`);
const queues: readonly (readonly [name: string, create: CreateQueue])[] = [
  ["memory", () => new MemoryQueue()],
  ["sqlite", (clock) => new SqliteQueue({ path: newPath(), visibilityTimeout: "10s" }, { clock })],
];

async function openBus(createQueue: CreateQueue, options: ChannelOptions = {}) {
  const clock = new VirtualClock();
  const bus = new EventBus(
    { channels: { work: { deadLetter: "dead", ...options }, dead: {} } },
    { clock, createQueue: (_use, owner) => (owner === "channel work" ? createQueue(clock) : new MemoryQueue()) },
  );
  bus.addRoute({ eventType: "work", channel: "work" });
  const dead: string[] = [];
  bus.subscribe("dead", ({ data, deadLetter }) => void dead.push(`${data}: ${deadLetter?.reason}`));
  await bus.open();
  const emit = (...data: readonly string[]) =>
    Promise.all(data.map((text) => bus.enqueue({ type: "work", data: text })));
  return { bus, clock, emit, dead };
}

describe.each(queues)("with a %s queue, a subscriber that", (name, create) => {
  it("throws fails its event, which is retried and goes to the dead letters; the others are handled", async () => {
    const { bus, clock, emit, dead } = await openBus(create, { retries: { attempts: 3, backoff: "100ms" } });
    const handled: unknown[] = [];
    bus.subscribe("work", ({ data }) => {
      handled.push(data);
      if (data === "bad") throw new Error("broken");
    });
    await emit("a", "bad", "b");
    await clock.runUntil(bus.drained());
    expect(handled.sort()).toEqual(["a", "b", "bad", "bad", "bad"]);
    expect(dead).toEqual(["bad: broken"]);
    expect(statsOf(bus, "work")).toMatchObject({ delivered: 2, failed: 1, retries: 2, deadLettered: 1 });
    await bus[Symbol.asyncDispose]();
  });

  it("hangs holds up neither the others nor the stop, which says so", async () => {
    const { bus, clock, emit } = await openBus(create);
    const handled: unknown[] = [];
    bus.subscribe("work", () => new Promise(() => undefined), { id: "hangs" });
    bus.subscribe("work", ({ data }) => void handled.push(data), { id: "works" });
    await emit("a", "b", "c", "d");
    await clock.advance(1000);
    expect(handled).toEqual(["b", "c", "d"]);
    expect(statsOf(bus, "work")).toMatchObject({ delivered: 3, inFlight: 1, kept: name === "sqlite" ? 1 : 0 });
    const givesUp = AbortSignal.abort(new Error("enough"));
    await expect(bus.drained(givesUp)).rejects.toThrow("enough");
    const stopped = bus[Symbol.asyncDispose]();
    await clock.runUntil(stopped, 5000);
    expect(statsOf(bus, "work")).toMatchObject({ delivered: 3, inFlight: 1 });
  });

  it("rejects late, after the bus has stopped, disturbs nobody", async () => {
    const { bus, clock, emit } = await openBus(create);
    const late = Promise.withResolvers<void>();
    bus.subscribe("work", () => late.promise);
    await emit("a");
    await clock.advance(100);
    await clock.runUntil(bus[Symbol.asyncDispose]());
    late.reject(new Error("too late"));
    await clock.advance(100);
    expect(statsOf(bus, "work")).toMatchObject({ delivered: 0, waiting: 0, inFlight: 0 });
  });
});

it("an emitter of urgent events learns how a durable channel handled them", async () => {
  const [, create] = queues[1] ?? [];
  if (create === undefined) throw new Error("The queue is missing.");
  const { bus } = await openBus(create, { priority: "high" });
  bus.subscribe("work", ({ data }) => {
    if (data === "bad") throw new Error("broken");
  });
  const outcomes = await Promise.all(["good", "bad"].map((data) => bus.emit({ type: "work", data })));
  expect(outcomes.map(({ routes }) => routes[0]?.outcome)).toEqual(["delivered", "failed"]);
  await bus[Symbol.asyncDispose]();
});

describe("with a visibility timeout, a subscriber that", () => {
  const [, create] = queues[1] ?? [];
  if (create === undefined) throw new Error("The queue is missing.");

  it("hangs loses its event to another; how it ends after all is counted too", async () => {
    const { bus, clock, emit, dead } = await openBus(create);
    const late = Promise.withResolvers<void>();
    const handled: unknown[] = [];
    bus.subscribe("work", () => late.promise, { id: "hangs" });
    bus.subscribe("work", ({ data }) => void handled.push(data), { id: "works" });
    await emit("a", "b");
    await clock.advance(9999);
    expect(handled).toEqual(["b"]);
    await clock.advance(100);
    expect(handled).toEqual(["b", "a"]);
    expect(statsOf(bus, "work")).toMatchObject({ offered: 3, delivered: 2, inFlight: 1, redelivered: 1 });
    late.reject(new Error("after all"));
    await clock.runUntil(bus.drained());
    expect(statsOf(bus, "work")).toMatchObject({ delivered: 2, failed: 1, inFlight: 0, redelivered: 1 });
    expect(dead).toEqual(["a: after all"]);
    await bus[Symbol.asyncDispose]();
  });

  it("is slower than the timeout ends its event all the same", async () => {
    const { bus, clock, emit } = await openBus(create);
    let calls = 0;
    const slowly = async () => {
      calls++;
      await clock.sleep(15_000);
    };
    bus.subscribe("work", slowly, { concurrency: 5 });
    await emit("a");
    await clock.advance(200_000);
    expect(calls).toBe(2);
    expect(statsOf(bus, "work")).toMatchObject({ delivered: 2, inFlight: 0, redelivered: 1 });
    await bus[Symbol.asyncDispose]();
  });
});
