import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BusEvent, PRIORITIES, type Priority } from "@llmspell/events";
import { VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { SqliteQueue } from "./sqlite-queue.ts";

const directory = mkdtempSync(join(tmpdir(), "llmspell-queue-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Entry {
  readonly id: string;
  readonly urgency: number;
  readonly number: number;
}

/** What a durable queue does, said in the plainest way. */
class Model {
  waiting: Entry[] = [];
  /** The last is handed out first. */
  returned: Entry[] = [];
  leased: Entry[] = [];
  /** By how many in a row those of each urgency were passed over. */
  #passedOver = [0, 0, 0, 0];

  get size(): number {
    return this.waiting.length + this.returned.length;
  }

  dequeue(): Entry | undefined {
    const entry = this.returned.pop() ?? this.#takeNext();
    if (entry !== undefined) this.leased.push(entry);
    return entry;
  }

  evict(newcomer: number): Entry | undefined {
    const leastUrgent = Math.max(-1, ...this.waiting.map(({ urgency }) => urgency));
    if (leastUrgent >= newcomer) {
      this.#passedOver[leastUrgent] = 0;
      return this.#takeFirst(this.waiting.filter(({ urgency }) => urgency === leastUrgent));
    }
    return newcomer === 0 ? this.returned.pop() : undefined;
  }

  reopen(): void {
    this.waiting.push(...this.returned, ...this.leased);
    this.returned = [];
    this.leased = [];
    this.#passedOver = [0, 0, 0, 0];
  }

  /** The first of the most urgent, or of the least urgent that were passed over a hundred times. */
  #takeNext(): Entry | undefined {
    const isThere = (urgency: number) => this.waiting.some((entry) => entry.urgency === urgency);
    const due = [3, 2, 1].find((urgency) => isThere(urgency) && (this.#passedOver[urgency] ?? 0) >= 100);
    const taken = this.#takeFirst(this.waiting.filter(({ urgency }) => due === undefined || urgency === due));
    if (taken === undefined) return undefined;
    this.#passedOver = this.#passedOver.map((count, urgency) =>
      urgency === taken.urgency || !isThere(urgency) ? 0 : count + 1,
    );
    return taken;
  }

  #takeFirst(entries: readonly Entry[]): Entry | undefined {
    const [first] = entries.toSorted((a, b) => a.urgency - b.urgency || a.number - b.number);
    this.waiting = this.waiting.filter((entry) => entry !== first);
    return first;
  }
}

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant("enqueue" as const),
      urgency: fc.nat(3),
      count: fc.integer({ min: 1, max: 150 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ does: fc.constant("dequeue" as const), count: fc.integer({ min: 1, max: 150 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constantFrom("ack" as const, "nack" as const),
      which: fc.nat(1000),
      count: fc.integer({ min: 1, max: 60 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("evict" as const), urgency: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom("reopen" as const, "wait" as const) }) },
);

function testEvent({ id, number }: Entry): BusEvent {
  const text = { id, type: "test.happened", source: "test", subject: undefined, key: undefined };
  return { ...text, time: 1000, data: { number }, sequence: number, emittedAt: 2000, deadLetter: undefined };
}

function priorityOf(urgency: number): Priority {
  return PRIORITIES[urgency] ?? "low";
}

let files = 0;

it("does what a list would do, whatever comes, in one run and over many", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 64 }), async (steps, commitSize) => {
      const clock = new VirtualClock();
      const path = join(directory, `model-${++files}.db`);
      const model = new Model();
      const events = new Map<Entry, BusEvent>();
      let queue = new SqliteQueue({ path, commitSize }, { clock });
      await queue.open(() => undefined);
      let last = 0;
      const settle = (which: number, does: "ack" | "nack") => {
        const entry = model.leased[which % Math.max(1, model.leased.length)];
        const event = entry === undefined ? undefined : events.get(entry);
        if (entry === undefined || event === undefined) return;
        model.leased = model.leased.filter((other) => other !== entry);
        if (does === "nack") model.returned.push(entry);
        queue[does](event);
      };
      const dequeue = () => {
        const entry = model.dequeue();
        const event = queue.dequeue();
        expect(event?.id).toBe(entry?.id);
        if (entry !== undefined && event !== undefined) events.set(entry, event);
      };
      for (const action of steps) {
        if (action.does === "enqueue") {
          const entries = Array.from({ length: action.count }, () => ({
            id: `e${++last}`,
            urgency: action.urgency,
            number: last,
          }));
          await Promise.all(entries.map((entry) => queue.enqueue(testEvent(entry), priorityOf(action.urgency))));
          model.waiting.push(...entries);
        } else if (action.does === "dequeue") for (let time = 0; time < action.count; time++) dequeue();
        else if (action.does === "ack" || action.does === "nack")
          for (let time = 0; time < action.count; time++) settle(action.which, action.does);
        else if (action.does === "evict")
          expect(queue.evict(priorityOf(action.urgency))?.id).toBe(model.evict(action.urgency)?.id);
        else if (action.does === "wait") await clock.advance(10);
        else {
          await queue.close();
          model.reopen();
          queue = new SqliteQueue({ path, commitSize }, { clock });
          await queue.open(() => undefined);
        }
        expect(queue.size).toBe(model.size);
      }
      while (model.size > 0) dequeue();
      expect(queue.dequeue()).toBeUndefined();
      await queue.close();
      rmSync(path);
    }),
    { numRuns: 60 },
  );
}, 60_000);
