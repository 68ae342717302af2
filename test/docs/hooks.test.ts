import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HookManager } from "@llmspell/hooks";
import { VirtualClock } from "@llmspell/testkit";
import { describeHookStrategy } from "@llmspell/testkit/conformance/hook-strategy";
import { createRuntime } from "llmspell";
import { describe, expect, it } from "vitest";
import { llmspell } from "../cli/llmspell.ts";
import { limitedStrategy } from "./hooks/limited.ts";

const ROOT = join(import.meta.dirname, "../..");
const EXAMPLE = join(import.meta.dirname, "hooks");
const page = readFileSync(join(ROOT, "docs/hooks.md"), "utf8");

const QUESTION = "My parcel has not come. The order is 1042, my address is jane@example.com.";

/** Runs the hooks before an LLM call that are configured in a directory. */
async function ask(directory: string) {
  const runtime = await createRuntime(join(directory, "config.yaml"));
  await runtime.start();
  const messages = [{ role: "user", content: QUESTION }];
  const run = await runtime.hooks.run("before_llm_call", { input: QUESTION, data: { messages } });
  return { runtime, run, [Symbol.asyncDispose]: () => runtime.stop() };
}

describe("the page on hooks", () => {
  it.each([
    ["yaml", "config.yaml"],
    ["ts", "lookup.ts"],
    ["ts", "limited.ts"],
  ])("shows in a block of %s the %s that is run here", async (language, name) => {
    expect(page).toContain(`\`\`\`${language}\n${await readFile(join(EXAMPLE, name), "utf8")}\`\`\``);
  });

  it.each([
    ["", "list", ["list", "--hooks"]],
    ["mermaid", "graph", ["graph", "--hooks"]],
  ])("shows in a block of %s what %s prints of the example", async (language, _, args) => {
    const { stdout } = await llmspell([...args, "-c", "config.yaml"], { cwd: EXAMPLE });
    expect(page).toContain(`\`\`\`${language}\n${stdout}\`\`\``);
  });

  it("says what the example does", async () => {
    await using asked = await ask(EXAMPLE);
    expect(asked.run).toMatchObject({
      status: "completed",
      data: {
        messages: [
          { role: "system", content: "Order 1042 was sent on Monday. A parcel takes three days." },
          { role: "user", content: "My parcel has not come. The order is 1042, my address is [redacted:email]." },
        ],
      },
    });
    expect(asked.run.report).toEqual([
      { hook: "redact", outcome: "modified" },
      { hook: "injection", outcome: "continued" },
      { hook: "order", outcome: "modified" },
      { hook: "articles", outcome: "modified" },
      { hook: "brief", outcome: "modified" },
    ]);
    expect(asked.runtime.hooks.invalidate("orders")).toBe(1);
  });

  it("shows a strategy that the example runs with too", async () => {
    const directory = await mkdtemp(join(tmpdir(), "llmspell-hooks-"));
    try {
      await symlink(join(ROOT, "node_modules"), join(directory, "node_modules"));
      for (const name of ["lookup.ts", "brief.ts", "limited.ts"]) {
        await writeFile(join(directory, name), await readFile(join(EXAMPLE, name), "utf8"));
      }
      const yaml = await readFile(join(EXAMPLE, "config.yaml"), "utf8");
      await writeFile(
        join(directory, "config.yaml"),
        yaml.replace("strategy: parallel", "strategy: { use: ./limited.ts, atOnce: 2 }"),
      );
      await using own = await ask(directory);
      await using usual = await ask(EXAMPLE);
      expect(own.run).toEqual(usual.run);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describeHookStrategy("limited", () => limitedStrategy(2));

it("the strategy that it shows calls no more hooks at once than it is told to", async () => {
  const clock = new VirtualClock();
  const hooks = new HookManager({}, { clock, strategy: limitedStrategy(2) });
  const spans: (readonly [id: string, start: number, end: number])[] = [];
  const add = (id: string, duration: number, ...dependsOn: readonly string[]) =>
    hooks.register("before_llm_call", {
      id,
      dependsOn,
      handler: async () => {
        const start = clock.now();
        await clock.sleep(duration);
        spans.push([id, start, clock.now()]);
      },
    });
  add("a", 30);
  add("b", 10);
  add("c", 10);
  add("d", 5, "a");
  await clock.runUntil(Promise.resolve(hooks.run("before_llm_call", { data: {} })));
  expect(spans).toEqual([
    ["b", 0, 10],
    ["c", 10, 20],
    ["a", 0, 30],
    ["d", 30, 35],
  ]);
});
