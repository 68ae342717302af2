import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HookManager } from "@llmspell/hooks";
import { Kernel } from "@llmspell/kernel";
import { VirtualClock } from "@llmspell/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** A local plugin that names two hook points, as agents do, shows the test the manager, and provides a hook. */
const AGENT = `
export const manifest = {
  name: "agent",
  kernel: "*",
  names: { "hook-point": ["before_llm_call", "after_llm_call"] },
  sections: { agent: { schema: { type: "object" }, after: ["hooks"] } },
  provides: [
    {
      kind: "hook",
      name: "recorder",
      description: "Holds something that has to be released.",
      options: { type: "object", properties: { label: { type: "string" } }, additionalProperties: false },
    },
  ],
};
const recorder = ({ label }) => ({
  handle() {},
  async [Symbol.asyncDispose]() {
    globalThis.testDisposals.push("begin " + label);
    await Promise.resolve();
    globalThis.testDisposals.push("end " + label);
    if (label !== "second") throw new Error(label + " is stuck");
  },
});
export default {
  name: "agent",
  apply(kernel) {
    kernel.kinds.for("hook").for("recorder").tap("agent", recorder);
    kernel.hooks.start.tap("agent", () => globalThis.testHooks(kernel.service("hooks")));
  },
};
`;

const HOOKS = {
  strategy: "parallel",
  points: {
    before_llm_call: [
      {
        id: "redact",
        use: "redact",
        mode: "parallel",
        group: "guards",
        priority: 100,
        required: true,
        fields: ["messages"],
      },
      { id: "injection", use: "prompt_injection", mode: "parallel", group: "guards", action: "flag" },
      {
        id: "own",
        use: "redact",
        mode: "conditional",
        condition: "context.data.strict",
        dependsOn: ["redact"],
        fields: ["agent"],
      },
    ],
    after_llm_call: [{ id: "cost", use: "cost", mode: "background", prices: { small: { input: 1, output: 2 } } }],
  },
};

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "llmspell-hook-guards-"));
  await writeFile(join(directory, "agent.mjs"), AGENT);
});

afterAll(() => rm(directory, { recursive: true }));

async function load(kernel: Kernel, hooks: Readonly<Record<string, unknown>>): Promise<void> {
  const plugins = [
    "@llmspell/hooks",
    "@llmspell/plugin-hook-strategies",
    "@llmspell/plugin-hook-guards",
    join(directory, "agent.mjs"),
  ];
  await kernel.load({
    config: { name: "test", plugins, hooks, agent: {} },
    directory: join(import.meta.dirname, ".."),
  });
}

describe("hooks from a configuration", () => {
  it("run at their points and show in the readings", async () => {
    await using kernel = new Kernel({ clock: new VirtualClock() });
    let hooks: HookManager | undefined;
    Object.assign(globalThis, {
      testHooks: (manager: HookManager) => {
        hooks = manager;
      },
    });
    await load(kernel, HOOKS);
    await kernel.start();
    const data = {
      agent: "triage",
      model: "small",
      strict: false,
      messages: [{ role: "user", content: "a@example.com" }],
    };
    expect(hooks?.run("before_llm_call", { data })).toMatchObject({
      status: "completed",
      data: { ...data, messages: [{ role: "user", content: "[redacted:email]" }] },
      report: [
        { hook: "redact", outcome: "modified" },
        { hook: "injection", outcome: "continued" },
        { hook: "own", outcome: "skipped", reason: "condition" },
      ],
    });
    void hooks?.run("after_llm_call", { data: { model: "small", usage: { inputTokens: 1_000_000, outputTokens: 1 } } });
    const readings = kernel.collect();
    expect(readings.map(({ part, name }) => `${part} ${name}`)).toEqual([
      "hook point before_llm_call",
      "hook before_llm_call.redact",
      "hook before_llm_call.injection",
      "hook before_llm_call.own",
      "hook point after_llm_call",
      "hook after_llm_call.cost",
    ]);
    expect(readings[1]).toMatchObject({ in: 1, out: 1, shed: 0, failed: 0, pending: 0, details: { email: 1 } });
    expect(readings[3]).toMatchObject({ in: 1, out: 0, shed: 1, failed: 0, pending: 0 });
    expect(readings[5]).toMatchObject({ in: 1, out: 1, details: { costUSD: 1.000002 } });
    await kernel.drain();
  });

  it("are disposed at the stop, the last first, each one also when another fails", async () => {
    const disposals: string[] = [];
    Object.assign(globalThis, { testHooks: () => undefined, testDisposals: disposals });
    const kernel = new Kernel();
    const entries = ["first", "second", "third"].map((label) => ({ id: label, use: "recorder", label }));
    await load(kernel, { points: { before_llm_call: entries } });
    await kernel.start();
    await expect(kernel.stop()).rejects.toThrow("third is stuck; first is stuck");
    expect(disposals).toEqual(["third", "second", "first"].flatMap((label) => [`begin ${label}`, `end ${label}`]));
  });

  it.each([
    ["an unknown point", { points: { before_lmm_call: [] } }, "There is no hook point `before_lmm_call`."],
    ["no id", { points: { before_llm_call: [{ use: "redact" }] } }, "needs the key `id`"],
    [
      "a dependency on no hook",
      { points: { before_llm_call: [{ id: "a", use: "redact", dependsOn: ["b"] }] } },
      "`a` depends on `b`, which is no item of this list.",
    ],
    [
      "a condition that does not compile",
      { points: { before_llm_call: [{ id: "a", use: "redact", condition: "contxt.x" }] } },
      "contxt",
    ],
    [
      "mode conditional without a condition",
      { points: { before_llm_call: [{ id: "a", use: "redact", mode: "conditional" }] } },
      "condition",
    ],
    [
      "a bad pattern",
      { points: { before_llm_call: [{ id: "a", use: "redact", patterns: { x: "(" } }] } },
      "This is no valid regular expression",
    ],
  ])("are refused with %s", async (_, hooks, message) => {
    await using kernel = new Kernel();
    await expect(load(kernel, hooks)).rejects.toThrow(message);
  });
});
