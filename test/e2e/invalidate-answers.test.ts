import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime } from "llmspell";
import { afterEach, beforeEach, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

const CONFIG = `
plugins: ["${join(ROOT, "packages/standard")}"]
events:
  channels: { changes: {} }
  routes: [{ use: static, event: repo.updated, channel: changes }]
hooks:
  invalidateOn:
    - { event: repo.updated, when: "event.data.isPublic", keys: ["repo:{{ event.data.id }}"] }
  points:
    before_pipeline:
      - id: count
        use: ./count.ts
        cache: { use: result, ttl: 1h, key: [data.repo], invalidationKeys: ["repo:{{ context.data.repo }}"] }
`;

const HOOK = `
let calls = 0;
export default () => ({ handle: () => ({ kind: "modify", patch: { calls: ++calls } }) });
`;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "llmspell-invalidate-"));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

it("an event forgets what a hook has answered about what it names", async () => {
  await writeFile(join(directory, "count.ts"), HOOK);
  const path = join(directory, "llmspell.config.yaml");
  await writeFile(path, CONFIG);
  await using runtime = await createRuntime(path);
  await runtime.start();
  runtime.events.subscribe("changes", () => undefined);
  const lookUp = async (repo: number) => (await runtime.hooks.run("before_pipeline", { data: { repo } })).data["calls"];
  const change = (id: number, isPublic: boolean) =>
    runtime.events.emit({ type: "repo.updated", data: { id, isPublic } });
  expect([await lookUp(1), await lookUp(1), await lookUp(2)]).toEqual([1, 1, 2]);
  await change(1, false);
  expect(await lookUp(1)).toBe(1);
  await change(1, true);
  expect([await lookUp(1), await lookUp(2)]).toEqual([3, 2]);
});
