// A run over a durable queue that its parent kills: node durable-run.ts FILE RUN EVENTS
// Prints "a ID" when an event was acknowledged to its emitter, "d ID" before one has been handled, "s STATS" at the end.
import { writeSync } from "node:fs";
import { EventBus } from "@llmspell/events";
import { SqliteQueue } from "@llmspell/plugin-queues";

const [path = "", run = "0", events = "0"] = process.argv.slice(2);

/** How many events are emitted without waiting for each other. */
const EMITTERS = 50;

/** At once in the pipe, so that nothing that was printed is lost with the process. */
function print(line: string): void {
  writeSync(1, `${line}\n`);
}

const bus = new EventBus(
  { channels: { orders: { capacity: 2000, overflow: "block" } } },
  { createQueue: () => new SqliteQueue({ path }) },
);
bus.addRoute({ eventType: "ordered", channel: "orders" });
bus.addRoute({ eventType: "ordered_urgently", channel: "orders", priority: "high" });
await bus.open();
bus.subscribe(
  "orders",
  async (event) => {
    print(`d ${event.id}`);
    await new Promise((resolve) => setImmediate(resolve));
  },
  { concurrency: 32 },
);

async function emit(id: string): Promise<void> {
  const type = id.endsWith("7") ? "ordered_urgently" : "ordered";
  const { routes } = await bus.enqueue({ type, id, data: { order: id } });
  if (routes[0]?.outcome === "queued") print(`a ${id}`);
}

for (let next = 0; next < Number(events); next += EMITTERS) {
  const count = Math.min(EMITTERS, Number(events) - next);
  await Promise.all(Array.from({ length: count }, (_, index) => emit(`${run}-${next + index}`)));
}
await bus.drained();
await bus[Symbol.asyncDispose]();
print(`s ${JSON.stringify(bus.stats().channels["orders"])}`);
