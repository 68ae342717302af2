import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime } from "llmspell";
import { afterAll, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const directory = mkdtempSync(join(tmpdir(), "llmspell-faults-"));
symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const CONFIG = `
plugins: ["@llmspell/standard"]
events:
  channels:
    orders: { queue: { use: sqlite, path: state/orders.db, visibilityTimeout: 1m } }
  routes: [{ use: static, event: ordered, channel: orders }]
`;

it("a run that is stopped amid durable events says what it keeps, and the next run handles that", async () => {
  const path = join(directory, "llmspell.config.yaml");
  writeFileSync(path, CONFIG);
  {
    await using first = await createRuntime(path);
    await first.start();
    const hanging = Promise.withResolvers<void>();
    first.events.subscribe("orders", async (_event, { signal }) => {
      hanging.resolve();
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    for (let order = 1; order <= 5; order++) await first.events.emit({ type: "ordered", data: { order } });
    await hanging.promise;
    const reading = (await first.kernel.collect()).find(({ part, name }) => part === "channel" && name === "orders");
    expect(reading).toMatchObject({ in: 5, out: 0, pending: 5, details: { kept: 5, inFlight: 1, queueDepth: 4 } });
  }
  await using second = await createRuntime(path);
  await second.start();
  const handled: unknown[] = [];
  second.events.subscribe("orders", ({ data, sequence }) => void handled.push([data, sequence]));
  await second.events.drained();
  expect(handled).toEqual([1, 2, 3, 4, 5].map((order) => [{ order }, 0]));
  const reading = (await second.kernel.collect()).find(({ part, name }) => part === "channel" && name === "orders");
  expect(reading).toMatchObject({ in: 5, out: 5, pending: 0, details: { kept: 0 } });
});
