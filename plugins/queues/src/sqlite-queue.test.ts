import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { BusEvent } from "@llmspell/events";
import { VirtualClock } from "@llmspell/testkit";
import { describeQueue } from "@llmspell/testkit/conformance/queue";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { SqliteQueueOptions } from "./generated/options.ts";
import { SqliteQueue, type SqliteQueueDependencies } from "./sqlite-queue.ts";

const directory = mkdtempSync(join(tmpdir(), "llmspell-queue-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let files = 0;
const newPath = () => join(directory, `missing-${++files}`, "queue.db");

const paths = new WeakMap<object, string>();
function queueAt(path: string, options: Omit<SqliteQueueOptions, "path"> = {}, dependencies?: SqliteQueueDependencies) {
  const queue = new SqliteQueue({ path, ...options }, dependencies);
  paths.set(queue, path);
  return queue;
}

describeQueue(
  "sqlite",
  () => queueAt(newPath()),
  (closed) => queueAt(paths.get(closed) ?? newPath()),
  { timeout: 1000, create: (clock) => queueAt(newPath(), { visibilityTimeout: "1s" }, { clock }) },
);
describeQueue(
  "sqlite, commits of three",
  () => queueAt(newPath(), { commitSize: 3 }),
  (closed) => queueAt(paths.get(closed) ?? newPath()),
);

function testEvent(id: string, data: unknown = {}): BusEvent {
  const text = { id, type: "test.happened", source: "test", subject: undefined, key: undefined };
  return { ...text, time: 1000, data, sequence: 7, emittedAt: 2000, deadLetter: undefined };
}

async function opened(path: string, options: Omit<SqliteQueueOptions, "path"> = {}, clock = new VirtualClock()) {
  const queue = queueAt(path, options, { clock });
  const wakes: number[] = [];
  await queue.open(() => wakes.push(clock.now()));
  return { queue, clock, wakes };
}

function take(queue: SqliteQueue): BusEvent {
  const event = queue.dequeue();
  if (event === undefined) throw new Error("The queue has nothing to hand out.");
  return event;
}

function takeAll(queue: SqliteQueue): string[] {
  const ids: string[] = [];
  for (let event = queue.dequeue(); event !== undefined; event = queue.dequeue()) ids.push(event.id);
  return ids;
}

/** How many events the file holds, read past the queue that has it open. */
async function storedIn(queue: SqliteQueue, path: string): Promise<number> {
  await queue.close();
  const database = new DatabaseSync(path, { readOnly: true });
  const count = Number(database.prepare("SELECT count(*) AS count FROM events").get()?.["count"]);
  database.close();
  return count;
}

describe("commits of a sqlite queue", () => {
  it("keep the events of one moment together, and those of a later one apart", async () => {
    const { queue } = await opened(newPath());
    const first = [queue.enqueue(testEvent("a"), "normal"), queue.enqueue(testEvent("b"), "normal")];
    expect([queue.size, first[0]]).toEqual([0, first[1]]);
    await first[0];
    expect(queue.size).toBe(2);
    expect(queue.enqueue(testEvent("c"), "normal")).not.toBe(first[0]);
    await queue.close();
  });

  it("are made at once when they are full", async () => {
    const { queue } = await opened(newPath(), { commitSize: 2, commitInterval: "1h" });
    const storing = [queue.enqueue(testEvent("a"), "normal"), queue.enqueue(testEvent("b"), "normal")];
    expect(queue.size).toBe(2);
    await Promise.all(storing);
    await queue.close();
  });

  it("wait for the disk with synchronous: full, and keep the same", async () => {
    const path = newPath();
    const { queue } = await opened(path, { synchronous: "full" });
    await Promise.all(["a", "b", "c"].map((id) => queue.enqueue(testEvent(id), "normal")));
    queue.ack(take(queue));
    expect(await storedIn(queue, path)).toBe(2);
  });

  it("hold more events than one statement takes, and acknowledgements in any order", async () => {
    const path = newPath();
    const { queue } = await opened(path, { commitSize: 1000 });
    const ids = Array.from({ length: 257 }, (_, number) => `e${number}`);
    await Promise.all(ids.map((id, number) => queue.enqueue(testEvent(id), number % 3 === 0 ? "high" : "normal")));
    const leased = ids.map(() => take(queue));
    expect(leased.map(({ id }) => id).sort()).toEqual([...ids].sort());
    const kept = leased.filter((_, number) => number % 10 === 4);
    for (const event of leased.toReversed()) if (!kept.includes(event)) queue.ack(event);
    await queue.close();
    const next = (await opened(path)).queue;
    expect(takeAll(next)).toEqual(kept.map(({ id }) => id));
    await next.close();
  });

  it("wait for the interval", async () => {
    const { queue, clock } = await opened(newPath(), { commitInterval: "5ms" });
    const storing = queue.enqueue(testEvent("a"), "normal");
    await clock.advance(4);
    expect(queue.size).toBe(0);
    await clock.advance(1);
    await storing;
    expect(queue.size).toBe(1);
    await queue.close();
  });

  it("take acknowledgements along, a moment later or with the close", async () => {
    const path = newPath();
    const { queue } = await opened(path);
    await queue.enqueue(testEvent("a"), "normal");
    queue.ack(take(queue));
    expect(await storedIn(queue, path)).toBe(0);
  });
});

describe("a sqlite queue after a crash", () => {
  it("hands out the more urgent first, each as it came, also what had been handed out", async () => {
    const path = newPath();
    const { queue } = await opened(path);
    await Promise.all([
      queue.enqueue(testEvent("n", { text: "ü😀" }), "normal"),
      queue.enqueue(testEvent("l"), "low"),
      queue.enqueue(testEvent("c"), "critical"),
    ]);
    expect(take(queue).id).toBe("c");
    await queue.close();
    const next = (await opened(path)).queue;
    expect(next.size).toBe(3);
    expect([take(next).id, take(next), take(next).id]).toEqual([
      "c",
      { ...testEvent("n", { text: "ü😀" }), sequence: 0 },
      "l",
    ]);
    await next.enqueue(testEvent("new"), "critical");
    expect(take(next)).toEqual(testEvent("new"));
    await next.close();
  });
});

describe("the journal of a sqlite queue", () => {
  it("is short again after a commit that was large", async () => {
    const path = newPath();
    const { queue } = await opened(path, { commitSize: 20 });
    const large = Array.from({ length: 20 }, (_, number) => testEvent(`large-${number}`, "x".repeat(500_000)));
    await Promise.all(large.map((event) => queue.enqueue(event, "normal")));
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(9_000_000);
    for (let number = 0; number < 3; number++) await queue.enqueue(testEvent(`small-${number}`), "normal");
    expect(statSync(`${path}-wal`).size).toBeLessThan(4.5 * 1024 * 1024);
    await queue.close();
  });

  it.each([
    ["normal", 1],
    ["full", 2],
  ] as const)("is written through to the disk as `synchronous: %s` says", async (synchronous, level) => {
    const exec = vi.spyOn(DatabaseSync.prototype, "exec");
    const { queue } = await opened(newPath(), { synchronous });
    const [database] = exec.mock.contexts;
    exec.mockRestore();
    if (!(database instanceof DatabaseSync)) throw new Error("The queue has opened no file.");
    expect(database.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: level });
    await queue.close();
  });
});

describe("the visibility timeout", () => {
  it("hands out an event again, wakes the channel and counts", async () => {
    const { queue, clock, wakes } = await opened(newPath(), { visibilityTimeout: "1s" });
    await queue.enqueue(testEvent("a"), "normal");
    await queue.enqueue(testEvent("b"), "normal");
    const first = take(queue);
    await clock.advance(600);
    queue.ack(take(queue));
    await clock.advance(399);
    expect([queue.size, queue.redelivered]).toEqual([0, 0]);
    await clock.advance(1);
    expect([queue.size, queue.redelivered, wakes]).toEqual([1, 1, [1000]]);
    const second = take(queue);
    expect(second).toEqual(first);
    expect(second).not.toBe(first);
    queue.ack(second);
    await clock.advance(5000);
    expect([queue.size, queue.redelivered]).toEqual([0, 1]);
    await queue.close();
  });

  it("ends for an event that is acknowledged late, so that slow work does not come again for ever", async () => {
    const path = newPath();
    const { queue, clock } = await opened(path, { visibilityTimeout: "1s" });
    await queue.enqueue(testEvent("slow"), "normal");
    const first = take(queue);
    await clock.advance(1000);
    const second = take(queue);
    queue.ack(first);
    await clock.advance(10_000);
    expect([queue.size, queue.redelivered]).toEqual([0, 1]);
    queue.ack(second);
    expect(await storedIn(queue, path)).toBe(0);
  });

  it("does not run for what is held back, and begins anew when that is handed out", async () => {
    const { queue, clock } = await opened(newPath(), { visibilityTimeout: "1s" });
    for (const id of ["a", "b", "c"]) await queue.enqueue(testEvent(id), "normal");
    const [a, b, c] = [take(queue), take(queue), take(queue)];
    for (const event of [a, b, c]) queue.hold(event);
    await clock.advance(5000);
    expect([queue.size, queue.redelivered]).toEqual([0, 0]);
    queue.ack(a);
    queue.nack(b);
    expect(takeAll(queue)).toEqual(["b"]);
    queue.resume(c);
    await clock.advance(999);
    expect(queue.redelivered).toBe(0);
    await clock.advance(1);
    expect(takeAll(queue)).toEqual(["b", "c"]);
    await queue.close();
  });

  it("is off when it is left out", async () => {
    const { queue, clock } = await opened(newPath());
    await queue.enqueue(testEvent("a"), "normal");
    take(queue);
    await clock.advance(1e12);
    expect([queue.size, clock.pendingTimers]).toEqual([0, 0]);
    await queue.close();
  });
});

describe("a sqlite queue of bounded size", () => {
  const data = { filler: "x".repeat(10_000) };

  it("refuses what finds no room, keeps the rest, and has room again when events have been handled", async () => {
    const path = newPath();
    const { queue, clock } = await opened(path, { maxSize: "256KiB" });
    const kept: string[] = [];
    const refused: unknown[] = [];
    for (let number = 0; number < 40; number++) {
      const storing = queue.enqueue(testEvent(`e${number}`, data), "normal");
      await storing.then(
        () => kept.push(`e${number}`),
        (error: unknown) => refused.push(error),
      );
    }
    expect(kept.length).toBeGreaterThan(15);
    expect(refused.length).toBeGreaterThan(10);
    expect(refused[0]).toMatchObject({ code: "LLMSPELL_E_QUEUE_FULL", cause: { errcode: 13 } });
    expect(queue.size).toBe(kept.length);
    const leased = Array.from({ length: 5 }, () => take(queue));
    for (const event of leased) queue.ack(event);
    await clock.advance(10);
    await queue.enqueue(testEvent("again", data), "normal");
    expect([...leased.map(({ id }) => id), ...takeAll(queue)]).toEqual([...kept, "again"]);
    await queue.close();
    expect(statSync(path).size).toBeLessThanOrEqual(256 * 1024);
  });

  it("gives back the room of what is acknowledged in the same commit", async () => {
    const { queue } = await opened(newPath(), { maxSize: "64KiB" });
    let stored = 0;
    const tryNext = () => queue.enqueue(testEvent(`e${stored}`, data), "normal").then(() => stored++);
    await expect(
      (async () => {
        for (;;) await tryNext();
      })(),
    ).rejects.toMatchObject({ code: "LLMSPELL_E_QUEUE_FULL" });
    for (let round = 0; round < 50; round++) {
      queue.ack(take(queue));
      await tryNext();
    }
    await queue.close();
  });

  it("does not grow over many events that come and go", async () => {
    const path = newPath();
    const { queue } = await opened(path);
    for (let number = 0; number < 5000; number++) {
      await queue.enqueue(testEvent(`e${number}`, { filler: "x".repeat(500) }), "normal");
      queue.ack(take(queue));
    }
    await queue.close();
    expect(statSync(path).size).toBeLessThan(512 * 1024);
  });
});

describe("what a sqlite queue refuses", () => {
  it.each([
    ["a function", () => 1, "it is a function"],
    ["a bigint", 1n, "BigInt"],
    ["a circle", Object.assign({}, { self: globalThis }), "circular"],
  ])("an event with %s for data", async (_, data, problem) => {
    const { queue } = await opened(newPath());
    expect(() => queue.enqueue(testEvent("bad", data), "normal")).toThrow(
      expect.objectContaining({
        code: "LLMSPELL_E_QUEUE_EVENT",
        isFinal: true,
        message: expect.stringContaining(problem),
      }),
    );
    await queue.close();
  });

  it("a second queue on the same file, until the first is closed", async () => {
    const path = newPath();
    const { queue } = await opened(path);
    await expect(opened(path)).rejects.toMatchObject({ code: "LLMSPELL_E_QUEUE_OPEN" });
    await queue.close();
    await (await opened(path)).queue.close();
  });

  it("a file of another program, and leaves it as it is", async () => {
    const path = join(directory, "other.db");
    const other = new DatabaseSync(path);
    other.exec("CREATE TABLE theirs (x)");
    other.close();
    await expect(opened(path)).rejects.toThrow("it is not the file of a queue");
    const again = new DatabaseSync(path);
    expect(again.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "theirs" }]);
    again.close();
  });

  it("a file that is no database, and one of a later version", async () => {
    const broken = join(directory, "broken.db");
    writeFileSync(broken, "x".repeat(5000));
    await expect(opened(broken)).rejects.toMatchObject({ code: "LLMSPELL_E_QUEUE_OPEN" });
    const path = newPath();
    await (await opened(path)).queue.close();
    const later = new DatabaseSync(path);
    later.exec("PRAGMA user_version = 2");
    later.close();
    await expect(opened(path)).rejects.toThrow("its format is 2, and this version of the plugin knows 1");
  });

  it("events before it is open and after it is closed", async () => {
    const queue = queueAt(newPath());
    const enqueue = () => queue.enqueue(testEvent("a"), "normal");
    expect(enqueue).toThrow(expect.objectContaining({ code: "LLMSPELL_E_QUEUE_CLOSED" }));
    await queue.open(() => undefined);
    await queue.close();
    expect(enqueue).toThrow(expect.objectContaining({ code: "LLMSPELL_E_QUEUE_CLOSED" }));
  });
});
