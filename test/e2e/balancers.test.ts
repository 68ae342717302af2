import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime } from "llmspell";
import { afterAll, beforeAll, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

const TOOL = `
export default () => ({
  description: "Says which instance it is.",
  inputSchema: { type: "object" },
  async createInstance(_options) {
    const name = "instance-" + Math.random();
    return { execute: async () => name, [Symbol.asyncDispose]: async () => undefined };
  },
});
`;

const BALANCERS = [
  "round_robin",
  "least_connections",
  "weighted",
  "random",
  "{ use: consistent_hash, loadFactor: 100 }",
  "{ use: p2c_ewma, halfLife: 5s, failurePenalty: 2s }",
];

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "llmspell-balancers-"));
  await symlink(join(ROOT, "node_modules"), join(directory, "node_modules"));
  await writeFile(join(directory, "tool.js"), TOOL);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

it.each(BALANCERS)("%s serves a channel and a tool pool alike", async (balancer) => {
  const path = join(directory, "llmspell.config.yaml");
  const yaml = `
plugins: ["@llmspell/standard"]
events:
  channels: { orders: { priority: critical, balancer: ${balancer} } }
  routes: [{ use: static, event: order, channel: orders }]
tools:
  pools: { names: { tool: { use: ./tool.js }, size: { min: 3, max: 3 }, concurrency: 4, balancer: ${balancer} } }
`;
  await writeFile(path, yaml);
  await using runtime = await createRuntime(path);
  await runtime.start();
  const members = { channel: new Map<string, Set<unknown>>(), pool: new Map<string, Set<unknown>>() };
  const note = (of: Map<string, Set<unknown>>, key: string, member: unknown) =>
    void of.set(key, (of.get(key) ?? new Set()).add(member));
  for (const id of ["a", "b", "c"]) {
    const handle = ({ key = "" }: { readonly key?: string | undefined }) => note(members.channel, key, id);
    runtime.events.subscribe("orders", handle, { id, concurrency: 4 });
  }
  for (let order = 0; order < 60; order++) {
    const key = `k${order % 5}`;
    await runtime.events.emit({ type: "order", data: {}, key });
    note(members.pool, key, await runtime.tools.execute({ pool: "names", input: {} }, { key }));
  }
  for (const byKey of [members.channel, members.pool]) {
    const sets = [...byKey.values()];
    if (balancer.includes("consistent_hash")) expect(sets.map(({ size }) => size)).toEqual([1, 1, 1, 1, 1]);
    else expect(new Set(sets.flatMap((set) => [...set])).size).toBe(3);
  }
});
