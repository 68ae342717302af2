import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import type { BusEvent } from "./bus-event.ts";
import { EventBus } from "./event-bus.ts";
import type { ChannelOptions } from "./generated/options.ts";
import { MemoryQueue } from "./memory-queue.ts";

/** Says in `steps` what it is asked to do, and takes `delay` milliseconds to keep an event, or not to. */
class FakeDurableQueue extends MemoryQueue {
  override readonly durable = true;
  readonly steps: string[];
  readonly #name: string;
  readonly #store: () => Promise<void>;

  constructor(name: string, steps: string[], store: () => Promise<void>) {
    super();
    this.#name = name;
    this.steps = steps;
    this.#store = store;
  }

  override enqueue(event: BusEvent): Promise<void> {
    return this.#store().then(() => {
      this.steps.push(`${this.#name} stored ${event.id}`);
      super.enqueue(event, "normal");
    });
  }

  override ack({ id }: BusEvent): void {
    this.steps.push(`${this.#name} forgot ${id}`);
  }

  override nack(event: BusEvent): void {
    this.steps.push(`${this.#name} took back ${event.id}`);
    super.nack(event);
  }
}

async function createBus({
  work = {},
  storeDead,
}: {
  readonly work?: ChannelOptions;
  readonly storeDead: (clock: VirtualClock) => Promise<void>;
}) {
  const clock = new VirtualClock();
  const steps: string[] = [];
  const createQueue = (_use: unknown, owner: string) =>
    owner === "channel work"
      ? new FakeDurableQueue("work", steps, () => Promise.resolve())
      : new FakeDurableQueue("dead", steps, () => storeDead(clock));
  const channels = { work: { ...work, deadLetter: "dead" }, dead: {} };
  const bus = new EventBus({ channels }, { clock, createQueue });
  bus.addRoute({ eventType: "work", channel: "work" });
  await bus.open();
  return { bus, clock, steps, stats: () => bus.stats().channels["work"] };
}

const fail = () => {
  throw new Error("no");
};
const storeLate = (clock: VirtualClock) => clock.sleep(50);
const failLate = (clock: VirtualClock) => clock.sleep(50).then(() => Promise.reject(new Error("disk full")));

describe("an event that is given up", () => {
  it("is forgotten only when its dead letter is stored, and is in flight until then", async () => {
    const { bus, clock, steps, stats } = await createBus({ storeDead: storeLate });
    bus.subscribe("work", fail);
    bus.publish({ type: "work", data: 1, id: "e1" });
    await clock.advance(49);
    expect(steps).toEqual(["work stored e1"]);
    expect(stats()).toMatchObject({ accepted: 1, inFlight: 1, failed: 0, deadLettered: 0, kept: 1 });
    await clock.advance(1);
    expect(steps).toEqual(["work stored e1", "dead stored e1", "work forgot e1"]);
    expect(stats()).toMatchObject({ accepted: 1, inFlight: 0, failed: 1, deadLettered: 1, kept: 0 });
  });

  it("keeps a drain waiting until then", async () => {
    const { bus, clock, steps } = await createBus({ storeDead: storeLate });
    bus.subscribe("work", fail);
    bus.publish({ type: "work", data: 1, id: "e1" });
    await clock.runUntil(bus.drained());
    expect(steps.at(-1)).toBe("work forgot e1");
    expect(clock.now()).toBe(50);
  });

  it("does not keep the next one waiting", async () => {
    const { bus, clock, stats } = await createBus({ storeDead: storeLate });
    bus.subscribe("work", ({ data }) => (data === "bad" ? fail() : undefined));
    for (const data of ["bad", "good"]) bus.publish({ type: "work", data });
    await clock.advance(10);
    expect(stats()).toMatchObject({ delivered: 1, inFlight: 1 });
  });

  it("waits in the same way when it has expired", async () => {
    const { bus, clock, steps, stats } = await createBus({ storeDead: storeLate });
    bus.publish({ type: "work", data: 1, id: "e1", ttl: "5ms" });
    await clock.advance(10);
    bus.subscribe("work", fail);
    await clock.advance(20);
    expect(stats()).toMatchObject({ inFlight: 1, expired: 0, expiredDeadLettered: 0 });
    await clock.runUntil(bus.drained());
    expect(steps).toEqual(["work stored e1", "dead stored e1", "work forgot e1"]);
    expect(stats()).toMatchObject({ inFlight: 0, expired: 1, expiredDeadLettered: 1 });
  });

  it("is counted as refused, and forgotten, when its dead letter cannot be stored", async () => {
    const { bus, clock, steps, stats } = await createBus({ storeDead: failLate });
    bus.subscribe("work", fail);
    bus.publish({ type: "work", data: 1, id: "e1" });
    await clock.runUntil(bus.drained());
    expect(steps).toEqual(["work stored e1", "work forgot e1"]);
    expect(stats()).toMatchObject({ failed: 1, deadLettered: 0, deadLettersRefused: 1, inFlight: 0 });
  });

  it("is awaited by a stop", async () => {
    const { bus, clock, steps } = await createBus({ storeDead: storeLate });
    bus.subscribe("work", fail);
    bus.publish({ type: "work", data: 1, id: "e1" });
    await clock.advance(20);
    await clock.runUntil(bus[Symbol.asyncDispose]());
    expect(steps).toEqual(["work stored e1", "dead stored e1", "work forgot e1"]);
  });

  it("stays for the next run when a stop comes before its dead letter could be stored", async () => {
    const { bus, clock, steps, stats } = await createBus({ storeDead: failLate });
    bus.subscribe("work", fail);
    bus.publish({ type: "work", data: 1, id: "e1" });
    await clock.advance(20);
    await clock.runUntil(bus[Symbol.asyncDispose]());
    expect(steps).toEqual(["work stored e1", "work took back e1"]);
    expect(stats()).toMatchObject({ failed: 0, deadLettersRefused: 1, waiting: 1, kept: 1, inFlight: 0 });
  });

  it("tells whoever waits for it that it failed when its dead letter is stored", async () => {
    const { bus, clock } = await createBus({ work: { priority: "high" }, storeDead: storeLate });
    bus.subscribe("work", fail);
    const { routes } = await clock.runUntil(bus.emit({ type: "work", data: 1 }));
    expect(routes).toMatchObject([{ channel: "work", outcome: "failed" }]);
    expect(clock.now()).toBe(50);
  });
});
