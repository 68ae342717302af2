// What a durable queue costs above the writing itself.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { BusEvent } from "@llmspell/events";
import { SqliteQueue } from "@llmspell/plugin-queues";
import type { Comparison } from "../comparison.ts";

const EVENTS = 100_000;
const COMMIT = 100;

type Synchronous = "normal" | "full";

function testEvent(sequence: number): BusEvent {
  return {
    id: `event-${sequence}`,
    type: "user_login",
    source: "llmspell",
    subject: undefined,
    time: 1_700_000_000_000,
    data: { userId: `user-${sequence % 1000}`, plan: "premium", attempts: 3, tags: ["a", "b"] },
    key: undefined,
    sequence,
    emittedAt: 1_700_000_000_000,
    deadLetter: undefined,
  };
}

async function inDirectory<Result>(work: (path: string) => Result | Promise<Result>): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), "llmspell-bench-"));
  try {
    return await work(join(directory, "queue.db"));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function openQueue(path: string, synchronous: Synchronous): Promise<SqliteQueue> {
  const queue = new SqliteQueue({ path, synchronous, commitSize: COMMIT });
  await queue.open(() => undefined);
  return queue;
}

/** Enqueues, and waits for each commit. */
async function fill(queue: SqliteQueue, count: number): Promise<void> {
  for (let sequence = 1; sequence <= count; sequence += COMMIT) {
    let storing: Promise<void> | undefined;
    for (let index = 0; index < COMMIT; index++) storing = queue.enqueue(testEvent(sequence + index), "normal");
    await storing;
  }
}

function openTable(path: string, synchronous: Synchronous): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`);
  database.exec("CREATE TABLE events (position INTEGER PRIMARY KEY, event TEXT NOT NULL) STRICT");
  return database;
}

/** The same rows in the same transactions, with nothing around. */
function fillTable(database: DatabaseSync, count: number): void {
  const insert = database.prepare("INSERT INTO events (position, event) VALUES (?, ?)");
  for (let sequence = 1; sequence <= count; sequence += COMMIT) {
    database.exec("BEGIN");
    for (let index = 0; index < COMMIT; index++)
      insert.run(sequence + index, JSON.stringify(testEvent(sequence + index)));
    database.exec("COMMIT");
  }
}

function perSecond(count: number, start: number): number {
  return (count / (performance.now() - start)) * 1000;
}

function enqueueing(synchronous: Synchronous, count: number, share: number): Comparison {
  return {
    name: `sqlite queue, enqueue, ${COMMIT} a commit, synchronous ${synchronous}`,
    unit: "per second",
    peerName: "bare node:sqlite, the same inserts",
    ours: () =>
      inDirectory(async (path) => {
        const queue = await openQueue(path, synchronous);
        await fill(queue, count / 10);
        const start = performance.now();
        await fill(queue, count);
        const figure = perSecond(count, start);
        await queue.close();
        return figure;
      }),
    peer: () =>
      inDirectory((path) => {
        const database = openTable(path, synchronous);
        fillTable(database, count / 10);
        database.exec("DELETE FROM events");
        const start = performance.now();
        fillTable(database, count);
        const figure = perSecond(count, start);
        database.close();
        return figure;
      }),
    goal: { text: `>= ${share} x peer`, isMet: (ours, peer) => ours >= share * peer },
  };
}

export const comparisons: readonly Comparison[] = [
  enqueueing("normal", EVENTS, 0.9),
  enqueueing("full", EVENTS / 10, 0.9),
  {
    name: `sqlite queue, dequeue and acknowledge, ${COMMIT} a commit`,
    unit: "per second",
    peerName: "bare node:sqlite, select and delete",
    ours: () =>
      inDirectory(async (path) => {
        const queue = await openQueue(path, "normal");
        await fill(queue, EVENTS);
        const start = performance.now();
        for (let event = queue.dequeue(); event !== undefined; event = queue.dequeue()) queue.ack(event);
        const figure = perSecond(EVENTS, start);
        await queue.close();
        return figure;
      }),
    peer: () =>
      inDirectory((path) => {
        const database = openTable(path, "normal");
        fillTable(database, EVENTS);
        const select = database.prepare(
          "SELECT position, event FROM events WHERE position > ? ORDER BY position LIMIT ?",
        );
        const remove = database.prepare("DELETE FROM events WHERE position = ?");
        const start = performance.now();
        let last = 0;
        for (let taken = 0; taken < EVENTS; taken += COMMIT) {
          const rows = select.all(last, COMMIT);
          database.exec("BEGIN");
          for (const { position, event } of rows) {
            JSON.parse(String(event));
            remove.run(position ?? 0);
            last = Number(position);
          }
          database.exec("COMMIT");
        }
        const figure = perSecond(EVENTS, start);
        database.close();
        return figure;
      }),
    goal: { text: ">= 0.8 x peer", isMet: (ours, peer) => ours >= 0.8 * peer },
  },
];
