import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError } from "@llmspell/config";
import { createRuntime } from "llmspell";
import { afterEach, beforeEach, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const readme = await readFile(join(ROOT, "README.md"), "utf8");
const yaml = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "llmspell-readme-"));
  await symlink(join(ROOT, "node_modules"), join(directory, "node_modules"));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function load(text: string) {
  const path = join(directory, "llmspell.config.yaml");
  await writeFile(path, text);
  return createRuntime(path);
}

it("the README's configuration runs", async () => {
  expect(yaml.trimEnd().split("\n")).toHaveLength(25);
  const mail = { folder: "in", from: "ann@example.org", text: "The build fails since Monday. Please look at it." };
  await writeFile(join(directory, "mail.ndjson"), `${JSON.stringify(mail)}\n`);
  await using runtime = await load(yaml);
  await runtime.start();
  await runtime.completed;
  await runtime.stop();
  const answer = JSON.parse(await readFile(join(directory, "answers.ndjson"), "utf8"));
  expect(answer).toEqual({ from: "ann@example.org", summary: expect.stringContaining("The build fails") });
});

it("the README's swap is valid, and its slip is reported as it says", async () => {
  const [, before = "", after = ""] = /```diff\n- {4}(.*)\n\+ {4}(.*)\n```/.exec(readme) ?? [];
  await using runtime = await load(yaml.replace(before, after));
  expect(runtime.config.uses).toContainEqual(expect.objectContaining({ name: "least_connections" }));
  const error: unknown = await load(yaml.replace("round_robin", "round_robbin")).catch((thrown: unknown) => thrown);
  const shown = error instanceof ConfigError ? error.format({ directory }) : "";
  const [, printed = ""] = /```\n(llmspell\.config[\s\S]*?)```/.exec(readme) ?? [];
  expect(shown).toContain(printed.trimEnd());
});
