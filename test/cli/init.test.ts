import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { llmspell } from "./llmspell.ts";

const NODE_MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));

let directory = "";

/** A directory as it is after `npm install`. */
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "llmspell-"));
  await symlink(NODE_MODULES, join(directory, "node_modules"));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

const inDirectory = (...args: readonly string[]) => llmspell(args, { cwd: directory });
const read = (name: string) => readFile(join(directory, name), "utf8");

describe("llmspell init", () => {
  it.each([
    ["extractive", ["@llmspell/standard", "llmspell"]],
    ["openai_compatible", ["@llmspell/plugin-provider-ai", "@llmspell/standard", "llmspell"]],
  ])("writes an example that runs, with the provider %s", async (provider, dependencies) => {
    const written = await inDirectory("init", "--yes", "--name", "Help desk", "--provider", provider);
    expect(written.stdout).toMatch(
      /^Wrote llmspell\.config\.yaml, events\.ndjson, package\.json in this directory\.\n/,
    );
    expect(written.code).toBe(0);
    const { name, dependencies: named } = JSON.parse(await read("package.json"));
    expect([name, Object.keys(named)]).toEqual(["help-desk", dependencies]);

    const { code, stdout, stderr } = await inDirectory();
    expect(stderr).toMatch(/^Help desk: running llmspell\.config\.yaml\n(?:info .*\n)?Help desk: done after /);
    expect(stdout).toContain("events in 4 = 4 accounted for: 4 out, 0 shed, 0 failed");
    expect(code).toBe(0);
    const results = (await read("results.ndjson")).trimEnd().split("\n");
    expect(results.map((line) => JSON.parse(line)).sort((left, right) => left.ticket - right.ticket)).toEqual(
      expect.arrayContaining([
        { ticket: 1, closed: true },
        { ticket: 2, summary: "I was charged twice in March." },
      ]),
    );
    expect(results).toHaveLength(4);
  });

  it("makes the directory that it is told, and names the configuration after it", async () => {
    const { code, stdout } = await inDirectory("init", "My Desk!", "--yes");
    expect(stdout).toContain("in My Desk!.\n\nNext:\n  cd 'My Desk!'\n  npm install\n  npx llmspell run\n");
    expect(await read("My Desk!/llmspell.config.yaml")).toMatch(/^name: "my-desk"\n/);
    expect(code).toBe(0);
  });

  it("overwrites nothing, and says what exists", async () => {
    await writeFile(join(directory, "events.ndjson"), "mine\n");
    const { code, stderr } = await inDirectory("init", "--yes");
    expect(stderr).toContain("error LLMSPELL_E_INIT_EXISTS: In this directory there is already events.ndjson");
    expect(code).toBe(1);
    expect(await read("events.ndjson")).toBe("mine\n");
    expect(await readdir(directory)).toEqual(["events.ndjson", "node_modules"]);
  });

  it("with --force overwrites its own files, but never a package.json", async () => {
    await writeFile(join(directory, "events.ndjson"), "mine\n");
    await writeFile(join(directory, "package.json"), "{}\n");
    const { code, stdout } = await inDirectory("init", "--yes", "--force");
    expect(stdout).toMatch(/^Wrote llmspell\.config\.yaml, events\.ndjson in/);
    expect(code).toBe(0);
    expect(await read("package.json")).toBe("{}\n");
    expect(await read("events.ndjson")).not.toBe("mine\n");
  });
});

describe("without a configuration", () => {
  it("list shows what the standard preset offers", async () => {
    const { code, stdout } = await inDirectory("list", "--json");
    const { sections, kinds, hookPoints } = JSON.parse(stdout);
    expect(sections.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(["hooks", "events", "tools", "agents", "pipelines", "sources", "sinks", "monitor"]),
    );
    const members = kinds.map((kind: { name: string; implementations: readonly unknown[] }) => [
      kind.name,
      kind.implementations.length > 0,
    ]);
    expect(Object.fromEntries(members)).toMatchObject({ route: true, provider: true, sink: true, source: true });
    expect(hookPoints).toContain("before_llm_call");
    expect(code).toBe(0);
  });

  it("schema is that of the standard preset", async () => {
    const { stdout } = await inDirectory("schema");
    expect(Object.keys(JSON.parse(stdout).properties)).toContain("pipelines");
  });
});

it("graph draws the example", async () => {
  await inDirectory("init", "--yes");
  const { code, stdout } = await inDirectory("graph");
  expect(stdout).toMatch(/^flowchart LR\n/);
  expect(stdout).toContain("  step_triage_0 -.-> agent_summarizer\n");
  const { stdout: dot } = await inDirectory("graph", "--format", "dot");
  expect(dot).toMatch(/^digraph llmspell \{\n[\s\S]*\}\n$/);
  expect(code).toBe(0);
});
