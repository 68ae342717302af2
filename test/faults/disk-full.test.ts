import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventBus } from "@llmspell/events";
import { SqliteQueue } from "@llmspell/plugin-queues";
import { VirtualClock } from "@llmspell/testkit";
import { afterAll, expect, it } from "vitest";
import { statsOf } from "./channel-sums.ts";

const directory = mkdtempSync(join(tmpdir(), "llmspell-faults-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const SIZE = 512 * 1024;

// SQLite answers a file at its page limit as it answers a disk without room: with SQLITE_FULL, in the middle of a commit.
it("a full disk refuses events, loses none, and is forgotten when there is room again", async () => {
  const clock = new VirtualClock();
  const path = join(directory, "full.db");
  const warnings: string[] = [];
  const quiet = () => undefined;
  const warn = (message: string) => void warnings.push(message);
  const log = { debug: quiet, info: quiet, warn, error: quiet };
  const bus = new EventBus(
    { channels: { work: { capacity: 100_000 } } },
    { clock, createQueue: () => new SqliteQueue({ path, maxSize: SIZE, commitSize: 10 }, { clock, log }) },
  );
  bus.addRoute({ eventType: "work", channel: "work" });
  await bus.open();

  const accepted: string[] = [];
  const errors: unknown[] = [];
  const emit = async (id: string) => {
    const { routes } = await bus.enqueue({ type: "work", id, data: { filler: "x".repeat(1000) } });
    if (routes[0]?.outcome === "queued") accepted.push(id);
    else errors.push(routes[0]?.error);
  };
  for (let round = 0; round < 60; round++)
    await Promise.all(Array.from({ length: 10 }, (_, index) => emit(`full-${round}-${index}`)));
  expect(accepted.length).toBeGreaterThan(250);
  expect(errors.length).toBeGreaterThan(200);
  for (const error of errors) expect(error).toMatchObject({ code: "LLMSPELL_E_QUEUE_FULL" });
  expect(warnings).toEqual([`The queue in ${path} has no room for more events.`]);
  expect(statsOf(bus, "work")).toMatchObject({
    accepted: accepted.length,
    rejected: errors.length,
    waiting: accepted.length,
    queueErrors: errors.length,
  });

  const handled: string[] = [];
  bus.subscribe("work", ({ id }) => void handled.push(id));
  await clock.runUntil(bus.drained());
  expect(handled).toEqual(accepted);
  await Promise.all([emit("again-1"), emit("again-2")]);
  await clock.runUntil(bus.drained());
  expect(handled.slice(-2)).toEqual(["again-1", "again-2"]);
  expect(statsOf(bus, "work")).toMatchObject({ waiting: 0, delivered: accepted.length });
  await bus[Symbol.asyncDispose]();
  expect(statSync(path).size).toBeLessThanOrEqual(SIZE);
});
