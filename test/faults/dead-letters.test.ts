import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { seededRandom } from "@llmspell/base";
import type { ChannelStats } from "@llmspell/events";
import { afterAll, expect, it } from "vitest";
import { runUntilKilled } from "./killed-child.ts";

const RUN = join(import.meta.dirname, "dead-letter-run.ts");
const EVENTS = 20_000;
const KILLS = 10;

/**
 * Dead letters that were stored while the acknowledgement of their event was not committed: those of the moment, and those
 * of one commit of acknowledgements.
 */
const MOST_TWICE_PER_KILL = 16 + 100;

const directory = mkdtempSync(join(tmpdir(), "llmspell-faults-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** How often each event is in the file of a channel, read after its process has died. */
function stored(channel: string): Map<string, number> {
  const database = new DatabaseSync(join(directory, `${channel}.db`));
  try {
    const rows = database.prepare("SELECT event FROM events").all();
    const ids = rows.map(({ event }) => (JSON.parse(String(event)) as { readonly id: string }).id);
    return new Map([...Map.groupBy(ids, (id) => id)].map(([id, found]) => [id, found.length]));
  } finally {
    database.close();
  }
}

/** What was seen of all runs. */
class Ledger {
  readonly acknowledged = new Set<string>();
  /** Events that were in both files at a kill, once for each dead letter that was made of them. */
  readonly inBoth = new Set<string>();
  failures = 0;
  stats: ChannelStats | undefined;
  killAfter = Number.POSITIVE_INFINITY;

  enter(line: string): void {
    const text = line.slice(2);
    if (line.startsWith("a ")) this.acknowledged.add(text);
    else if (line.startsWith("f ")) this.failures++;
    else if (line.startsWith("s ")) this.stats = JSON.parse(text);
  }

  isDue(): boolean {
    return this.failures >= this.killAfter;
  }

  /** Looks at both files after a kill; answers which acknowledged events are in neither. */
  lookAtFiles(): readonly string[] {
    const [orders, dead] = [stored("orders"), stored("dead")];
    for (const id of orders.keys()) if (dead.has(id)) this.inBoth.add(`${id}, dead letter ${dead.get(id)}`);
    return [...this.acknowledged].filter((id) => !orders.has(id) && !dead.has(id));
  }
}

it(`kill -9, ${KILLS} times while events become dead letters, leaves each in one file at least`, async () => {
  const random = seededRandom(7);
  const ledger = new Ledger();
  const run = (number: number) =>
    runUntilKilled(RUN, [directory, String(number), String(EVENTS - ledger.acknowledged.size)], ledger);
  for (let kill = 0; kill < KILLS; kill++) {
    ledger.killAfter = ledger.failures + 100 + Math.floor(random() * 1200);
    expect(await run(kill)).toBe("SIGKILL");
    expect(ledger.lookAtFiles().slice(0, 10)).toEqual([]);
  }
  expect(ledger.acknowledged.size).toBeLessThan(EVENTS);
  ledger.killAfter = Number.POSITIVE_INFINITY;
  expect(await run(KILLS)).toBe(0);

  expect(ledger.acknowledged.size).toBe(EVENTS);
  expect(stored("orders").size).toBe(0);
  const dead = stored("dead");
  expect([...ledger.acknowledged].filter((id) => !dead.has(id)).slice(0, 10)).toEqual([]);
  const again = [...dead.values()].reduce((sum, count) => sum + count - 1, 0);
  console.log(
    `${EVENTS} dead letters, ${KILLS} kills: 0 lost, ${ledger.inBoth.size} in both files, ${again} dead-lettered again`,
  );
  // What was in both files at a kill, and nothing else, has become a dead letter once more.
  expect(again).toBe(ledger.inBoth.size);
  expect(again).toBeLessThanOrEqual(KILLS * MOST_TWICE_PER_KILL);
  expect(ledger.stats).toMatchObject({ delivered: 0, deadLettersRefused: 0, waiting: 0, inFlight: 0, queueErrors: 0 });
  expect(ledger.stats?.failed).toBe(ledger.stats?.deadLettered);
}, 60_000);
