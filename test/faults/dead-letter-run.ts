// A run whose events all become dead letters, and that its parent kills: node dead-letter-run.ts DIRECTORY RUN EVENTS
// Prints "a ID" when an event was acknowledged to its emitter, "f ID" before one fails, "s STATS" when nothing is left.
import { writeSync } from "node:fs";
import { join } from "node:path";
import { EventBus } from "@llmspell/events";
import { SqliteQueue } from "@llmspell/plugin-queues";

const [directory = "", run = "0", events = "0"] = process.argv.slice(2);

/** How many events are emitted without waiting for each other. */
const EMITTERS = 20;

/** At once in the pipe, so that nothing that was printed is lost with the process. */
function print(line: string): void {
  writeSync(1, `${line}\n`);
}

const bus = new EventBus(
  {
    channels: {
      orders: { capacity: 200, overflow: "block", deadLetter: "dead", orderBy: "event.key" },
      dead: { capacity: 1_000_000 },
    },
  },
  {
    createQueue: (_use, owner) => new SqliteQueue({ path: join(directory, `${owner.replace("channel ", "")}.db`) }),
  },
);
bus.addRoute({ eventType: "ordered", channel: "orders" });
await bus.open();
bus.subscribe(
  "orders",
  async ({ id }) => {
    print(`f ${id}`);
    await new Promise((resolve) => setImmediate(resolve));
    throw new Error("nobody can handle this");
  },
  { concurrency: 16 },
);

async function emit(number: number): Promise<void> {
  const id = `${run}-${number}`;
  const { routes } = await bus.enqueue({ type: "ordered", id, key: `key ${number % 7}`, data: { order: id } });
  if (routes[0]?.outcome === "queued") print(`a ${id}`);
}

for (let next = 0; next < Number(events); next += EMITTERS) {
  const count = Math.min(EMITTERS, Number(events) - next);
  await Promise.all(Array.from({ length: count }, (_, index) => emit(next + index)));
}
await bus.drained();
await bus[Symbol.asyncDispose]();
print(`s ${JSON.stringify(bus.stats().channels["orders"])}`);
