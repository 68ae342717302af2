import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "@llmspell/base";
import type { ChannelStats } from "@llmspell/events";
import { afterAll, expect, it } from "vitest";
import { runUntilKilled } from "./killed-child.ts";

const RUN = join(import.meta.dirname, "durable-run.ts");
const EVENTS = 100_000;
const KILLS = 10;

/** The handlers at work when the process dies, and the acknowledgements that were not committed. */
const MOST_TWICE_PER_KILL = 32 + 100;

const directory = mkdtempSync(join(tmpdir(), "llmspell-faults-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** What was seen of all runs. */
class Ledger {
  readonly acknowledged = new Set<string>();
  readonly delivered = new Map<string, number>();
  stats: ChannelStats | undefined;

  enter(line: string): void {
    const text = line.slice(2);
    if (line.startsWith("a ")) this.acknowledged.add(text);
    else if (line.startsWith("d ")) this.delivered.set(text, (this.delivered.get(text) ?? 0) + 1);
    else if (line.startsWith("s ")) this.stats = JSON.parse(text);
  }

  get lost(): string[] {
    return [...this.acknowledged].filter((id) => !this.delivered.has(id));
  }

  get deliveredAgain(): number {
    return [...this.delivered.values()].reduce((sum, count) => sum + count - 1, 0);
  }
}

/** One run; killed once it has acknowledged `killAfter` events. Answers how it ended. */
function runOnce(path: string, run: number, events: number, ledger: Ledger, killAfter = Number.POSITIVE_INFINITY) {
  const before = ledger.acknowledged.size;
  return runUntilKilled(RUN, [path, String(run), String(events)], {
    enter: (line) => ledger.enter(line),
    isDue: () => ledger.acknowledged.size - before >= killAfter,
  });
}

it(`kill -9, ${KILLS} times in the middle of ${EVENTS} durable events, loses none that was acknowledged`, async () => {
  const path = join(directory, "orders.db");
  const random = seededRandom(20);
  const ledger = new Ledger();
  const left = () => EVENTS - ledger.acknowledged.size;
  for (let kill = 0; kill < KILLS; kill++) {
    const killAfter = 1000 + Math.floor(random() * 8000);
    expect(await runOnce(path, kill, left(), ledger, killAfter)).toBe("SIGKILL");
  }
  expect(left()).toBeGreaterThan(0);
  expect(await runOnce(path, KILLS, left(), ledger)).toBe(0);

  expect(ledger.acknowledged.size).toBe(EVENTS);
  expect(ledger.lost.slice(0, 10)).toEqual([]);
  console.log(`${EVENTS} events, ${KILLS} kills: 0 lost, ${ledger.deliveredAgain} delivered again`);
  expect(ledger.deliveredAgain).toBeLessThanOrEqual(KILLS * MOST_TWICE_PER_KILL);
  expect(ledger.stats).toMatchObject({ failed: 0, shed: 0, waiting: 0, inFlight: 0, queueErrors: 0 });
  expect(ledger.stats?.accepted).toBe(ledger.stats?.delivered);
}, 60_000);
