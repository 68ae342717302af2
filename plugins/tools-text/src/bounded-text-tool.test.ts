import { describeTool } from "@llmspell/testkit/conformance/tool";
import { type Tool, ToolExecutionPool, type ToolInstance } from "@llmspell/tools";
import { describe, expect, it } from "vitest";
import type { AnalysisRequest } from "./analysis.ts";
import analyze from "./analyzer-module.ts";
import { DocumentAnalyzer } from "./document-analyzer.ts";
import { Summarizer } from "./summarizer.ts";
import summarize from "./summarizer-module.ts";
import type { SummaryRequest } from "./summary.ts";

/** A tool that runs a function in this thread, and what else its instances can do. */
function toolOf(execute: ToolInstance["execute"], more: Partial<ToolInstance> = {}): Tool {
  return {
    description: "",
    inputSchema: {},
    createInstance: async ({ signal }) => {
      signal.throwIfAborted();
      return { execute, [Symbol.asyncDispose]: async () => undefined, ...more };
    },
  };
}

const analyzer = toolOf((input) => analyze(input as AnalysisRequest));
const summarizer = toolOf((input) => summarize(input as SummaryRequest));

describeTool("document_analyzer", () => new DocumentAnalyzer({}, analyzer), {
  input: { text: "It works." },
  expectOutput: (output) => expect(output).toMatchObject({ tokens: 3, sentences: 1, truncated: false }),
});
describeTool("summarizer", () => new Summarizer({}, summarizer), {
  input: { text: "It works.", maxSentences: 1 },
  expectOutput: (output) => expect(output).toMatchObject({ summary: "It works.", truncated: false }),
});

async function poolOf(tool: Tool) {
  const tools = new ToolExecutionPool({ pools: { text: { tool } } });
  await tools.start();
  return {
    run: (input: unknown) => tools.execute({ pool: "text", input }),
    [Symbol.asyncDispose]: () => tools.stop(),
  };
}

describe.each([
  ["document_analyzer", (maxCharacters: number) => new DocumentAnalyzer({ maxCharacters }, analyzer)],
  ["summarizer", (maxCharacters: number) => new Summarizer({ maxCharacters }, summarizer)],
])("%s", (_, create) => {
  it("says when a text was cut, and cuts no character in two", async () => {
    await using pool = await poolOf(create(20));
    expect(await pool.run({ text: "It works." })).toMatchObject({ truncated: false });
    expect(await pool.run({ text: "It works on my machine, but not on yours." })).toMatchObject({ truncated: true });
    expect(await pool.run({ text: `${"a".repeat(19)}👍 and more` })).toMatchObject({ truncated: true });
  });

  it("takes a text, and nothing that only its thread is told", async () => {
    await using pool = await poolOf(create(20));
    for (const input of [{}, { text: 1 }, { text: "It works.", truncated: true }]) {
      await expect(pool.run(input)).rejects.toMatchObject({ code: "LLMSPELL_E_TOOL_INPUT" });
    }
  });
});

describe("what is left of a text that was cut", () => {
  const text = "The importer crashes on empty columns. The importer crashes on columns that are empty and wide";

  it("does not end a summary with half a sentence", async () => {
    await using pool = await poolOf(new Summarizer({ maxCharacters: 80 }, summarizer));
    expect(await pool.run({ text })).toMatchObject({
      summary: "The importer crashes on empty columns.",
      sentenceCount: 2,
    });
  });

  it("gives no half key sentence", async () => {
    await using pool = await poolOf(new DocumentAnalyzer({ maxCharacters: 80 }, analyzer));
    const keySentences = ["The importer crashes on empty columns."];
    expect(await pool.run({ text })).toMatchObject({ keySentences, sentences: 2 });
  });
});

describe("an instance", () => {
  const context = { signal: new AbortController().signal };

  it("can do what the one within can, ahead of its first call and about its memory", async () => {
    const asked: string[] = [];
    const warmUps = { load_model: async () => void asked.push("load_model") };
    const within: Partial<ToolInstance> = { isBroken: true, warmUps, memory: async () => 42 };
    const instance = await new Summarizer(
      {},
      toolOf(async () => undefined, within),
    ).createInstance(context);
    await instance.warmUps?.["load_model"]?.(context);
    expect(asked).toEqual(["load_model"]);
    expect(await instance.memory?.(context.signal)).toBe(42);
    expect(instance.isBroken).toBe(true);
  });

  it("offers nothing that the one within does not", async () => {
    const instance = await new Summarizer(
      {},
      toolOf(async () => undefined),
    ).createInstance(context);
    expect(instance.warmUps).toEqual({});
    expect(instance.memory).toBeUndefined();
  });
});
