import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime } from "llmspell";
import { afterAll, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const directory = mkdtempSync(join(tmpdir(), "llmspell-ordered-"));
symlinkSync(join(ROOT, "node_modules"), join(directory, "node_modules"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** @param channel options of the channel, in YAML */
async function start(channel: string) {
  const path = join(directory, "llmspell.config.yaml");
  writeFileSync(
    path,
    `
plugins: ["@llmspell/standard"]
events:
  channels:
    orders: { balancer: consistent_hash${channel} }
  routes: [{ use: static, event: ordered, channel: orders }]
`,
  );
  const runtime = await createRuntime(path);
  await runtime.start();
  return runtime;
}

/** Which members handled the events of each key, and the order of each key's events. */
async function run(channel: string) {
  await using runtime = await start(channel);
  const members = new Map<unknown, Set<number>>();
  const handled = new Map<unknown, number[]>();
  for (let member = 0; member < 3; member++) {
    runtime.events.subscribe(
      "orders",
      async ({ data }) => {
        const { customer, number } = data as { readonly customer: string; readonly number: number };
        members.set(customer, (members.get(customer) ?? new Set()).add(member));
        await new Promise((resolve) => setImmediate(resolve));
        handled.set(customer, [...(handled.get(customer) ?? []), number]);
      },
      { concurrency: 2 },
    );
  }
  for (let customer = 0; customer < 12; customer++) {
    for (let number = 1; number <= 6; number++) {
      const data = { customer: `customer ${customer}`, number };
      runtime.events.publish({ type: "ordered", key: "one for all", data });
    }
    await runtime.events.drained();
  }
  return { members: [...members.values()], handled: [...handled.values()] };
}

it("an ordered channel gives the events of a key to one member of a consistent_hash group, in their order", async () => {
  const { members, handled } = await run(", orderBy: event.data.customer");
  expect(handled).toEqual(Array.from({ length: 12 }, () => [1, 2, 3, 4, 5, 6]));
  expect(members.map(({ size }) => size)).toEqual(Array.from({ length: 12 }, () => 1));
  expect(new Set(members.flatMap((each) => [...each])).size).toBe(3);
});

it("without orderBy several of them are under way at once, with several members", async () => {
  const { members } = await run("");
  expect(Math.max(...members.map(({ size }) => size))).toBeGreaterThan(1);
});
