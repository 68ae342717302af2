import { describeTool } from "@llmspell/testkit/conformance/tool";
import { type Tool, ToolExecutionPool } from "@llmspell/tools";
import { describe, expect, it } from "vitest";
import type { AnalysisRequest } from "./analysis.ts";
import analyze from "./analyzer-module.ts";
import { DocumentAnalyzer } from "./document-analyzer.ts";

/** Runs the analyzer in this thread. */
const analyzer: Tool = {
  description: "",
  inputSchema: {},
  createInstance: async ({ signal }) => {
    signal.throwIfAborted();
    return {
      execute: async (input) => analyze(input as AnalysisRequest),
      [Symbol.asyncDispose]: async () => undefined,
    };
  },
};

describeTool("document_analyzer", () => new DocumentAnalyzer({}, analyzer), {
  input: { text: "It works." },
  expectOutput: (output) => expect(output).toMatchObject({ tokens: 3, sentences: 1 }),
});

describe("DocumentAnalyzer", () => {
  it("gives what its output schema says, and says when a text was cut", async () => {
    const tool = new DocumentAnalyzer({ maxCharacters: 20 }, analyzer);
    await using tools = new ToolExecutionPool({ pools: { analyzer: { tool } } });
    await tools.start();
    const run = (text: string) => tools.execute({ pool: "analyzer", input: { text } });
    expect(await run("It works.")).toMatchObject({ tokens: 3, sentences: 1, truncated: false });
    expect(await run("It works on my machine, but not on yours.")).toMatchObject({ tokens: 5, truncated: true });
    expect(await run(`${"a".repeat(19)}👍 and more`)).toMatchObject({ tokens: 1, truncated: true });
  });

  it("asks for a text", async () => {
    const tool = new DocumentAnalyzer({}, analyzer);
    await using tools = new ToolExecutionPool({ pools: { analyzer: { tool } } });
    await expect(tools.execute({ pool: "analyzer", input: {} })).rejects.toMatchObject({
      code: "LLMSPELL_E_TOOL_INPUT",
      message: expect.stringContaining("must have required property 'text'"),
    });
  });
});
