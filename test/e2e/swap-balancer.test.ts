import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime } from "llmspell";
import { afterEach, beforeEach, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

const CONFIG = `
plugins: ["@llmspell/standard"]
events:
  channels:
    orders:
      priority: critical
  routes: [{ use: static, event: order, channel: orders }]
`;

/** The README's local plugin, word for word. */
const plugin =
  /```ts\n\/\/ plugins\/first\.ts\n([\s\S]*?)```/.exec(await readFile(join(ROOT, "README.md"), "utf8"))?.[1] ?? "";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "llmspell-swap-"));
  await symlink(join(ROOT, "node_modules"), join(directory, "node_modules"));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

/** Which of three equal subscribers handled six events. */
async function handledBy(yaml: string): Promise<string[]> {
  const path = join(directory, "llmspell.config.yaml");
  await writeFile(path, yaml);
  await using runtime = await createRuntime(path);
  await runtime.start();
  const handled: string[] = [];
  for (const id of ["a", "b", "c"]) runtime.events.subscribe("orders", () => void handled.push(id), { id });
  for (let order = 0; order < 6; order++) await runtime.events.emit({ type: "order", data: order });
  return handled;
}

it("a local plugin of 20 lines, added by one line of YAML, swaps the balancer", async () => {
  expect(plugin.trimEnd().split("\n").length).toBeLessThanOrEqual(20);
  await writeFile(join(directory, "first.ts"), plugin);
  expect(await handledBy(CONFIG)).toEqual(["a", "b", "c", "a", "b", "c"]);
  const swapped = CONFIG.replace("priority: critical\n", "priority: critical\n      balancer: ./first.ts\n");
  expect(await handledBy(swapped)).toEqual(["a", "a", "a", "a", "a", "a"]);
});

it("a module that lacks a method of its kind is refused when the run starts, by name", async () => {
  await writeFile(join(directory, "first.ts"), "export default () => ({ pik: () => 0 });");
  const started = handledBy(CONFIG.replace("priority: critical\n", "priority: critical\n      balancer: ./first.ts\n"));
  await expect(started).rejects.toThrow(/first\.ts` that .*channel orders uses has no method `pick`/);
});
