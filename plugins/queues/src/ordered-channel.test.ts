import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DeadLetter, EventBus } from "@llmspell/events";
import { VirtualClock } from "@llmspell/testkit";
import { afterAll, describe, expect, it } from "vitest";
import type { SqliteQueueOptions } from "./generated/options.ts";
import { SqliteQueue } from "./sqlite-queue.ts";

const directory = mkdtempSync(join(tmpdir(), "llmspell-ordered-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let runs = 0;
const newName = () => `run-${++runs}`;

/** A bus whose channels `work`, which is ordered, and `dead` are in files of that name. */
async function openBus(name: string, options: Omit<SqliteQueueOptions, "path"> = {}) {
  const clock = new VirtualClock();
  const channels = {
    work: { orderBy: "event.key", deadLetter: "dead", retries: { attempts: 2, backoff: "2ms" } },
    dead: {},
  };
  const createQueue = (_use: unknown, owner: string) =>
    new SqliteQueue({ path: join(directory, `${name}-${owner.replace("channel ", "")}.db`), ...options }, { clock });
  const bus = new EventBus({ channels }, { clock, random: () => 0, createQueue });
  bus.addRoute({ eventType: "work", channel: "work" });
  await bus.open();
  const emit = (key: string, ...names: readonly string[]) =>
    Promise.all(names.map((data) => bus.emit({ type: "work", key, data })));
  return { bus, clock, emit };
}

describe("an ordered channel with a sqlite queue", () => {
  it("keeps the order of each key, in one run and in the next", async () => {
    const name = newName();
    const first = await openBus(name);
    await first.emit("a", "a1", "a2", "a3");
    await first.emit("b", "b1", "b2");
    const handled: unknown[] = [];
    first.bus.subscribe(
      "work",
      ({ data }, { signal }) => first.clock.sleep(10, signal).then(() => void handled.push(data)),
      {
        concurrency: 4,
      },
    );
    await first.clock.advance(25);
    expect(handled).toEqual(["a1", "b1"]);
    await first.clock.runUntil(first.bus[Symbol.asyncDispose]());
    const next = await openBus(name);
    next.bus.subscribe("work", ({ data }) => next.clock.sleep(10).then(() => void handled.push(data)), {
      concurrency: 4,
    });
    await next.clock.runUntil(next.bus.drained());
    expect(handled).toEqual(["a1", "b1", "a2", "b2", "a3"]);
    await next.clock.runUntil(next.bus[Symbol.asyncDispose]());
  });

  it("hands out again what took too long before what it has held back all the time", async () => {
    const { bus, clock, emit } = await openBus(newName(), { visibilityTimeout: "1s" });
    const begun: unknown[] = [];
    bus.subscribe(
      "work",
      async ({ data }, { signal }) => {
        begun.push(data);
        if (begun.length === 1) await clock.sleep(1e9, signal);
      },
      { concurrency: 2 },
    );
    await emit("a", "a1", "a2", "a3");
    await clock.advance(3000);
    expect(begun).toEqual(["a1", "a1", "a2", "a3"]);
    expect(bus.stats().channels["work"]).toMatchObject({ redelivered: 1, delivered: 3, inFlight: 1 });
    await clock.runUntil(bus[Symbol.asyncDispose]());
  });
});

it("keeps the history of a dead letter for the next run", async () => {
  const name = newName();
  {
    const { bus, clock, emit } = await openBus(name);
    const fail = () => Promise.reject(Object.assign(new Error("no route"), { code: "EHOSTUNREACH" }));
    bus.subscribe("work", fail, { id: "worker" });
    await emit("a", "a1");
    await clock.advance(100);
    await clock.runUntil(bus[Symbol.asyncDispose]());
  }
  const { bus, clock } = await openBus(name);
  const dead: (DeadLetter | undefined)[] = [];
  bus.subscribe("dead", ({ deadLetter }) => void dead.push(deadLetter));
  await clock.runUntil(bus.drained());
  const attempt = { group: "default", member: "worker", duration: 0, code: "EHOSTUNREACH", message: "no route" };
  const history = [
    { at: 0, ...attempt },
    { at: 1, ...attempt },
  ];
  expect(dead).toEqual([{ channel: "work", reason: "no route", attempts: 2, history }]);
  await clock.runUntil(bus[Symbol.asyncDispose]());
});
