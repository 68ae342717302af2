import { readFile } from "node:fs/promises";
import type { LanguageModelV4FunctionTool, LanguageModelV4Prompt } from "@ai-sdk/provider";
import { describeProvider } from "@llmspell/testkit/conformance/provider";
import { describe, expect, it } from "vitest";
import { Extractive } from "./extractive.ts";

const QUESTION = "The build fails on Windows. Paths in the build use the wrong slash.";

function user(text: string): LanguageModelV4Prompt[number] {
  return { role: "user", content: [{ type: "text", text }] };
}

function tool(name: string, required: string[], type: "string" | "number" = "string"): LanguageModelV4FunctionTool {
  const properties = Object.fromEntries(required.map((key) => [key, { type }]));
  return { type: "function", name, inputSchema: { type: "object", properties, required } };
}

describeProvider("extractive", () => new Extractive());

describe("the provider extractive", () => {
  const model = new Extractive({ maxSentences: 1 }).languageModel();

  it("answers with the user's own most salient sentence", async () => {
    const prompt: LanguageModelV4Prompt = [{ role: "system", content: "Answer in French." }, user(QUESTION)];
    const result = await model.doGenerate({ prompt });
    expect(result).toMatchObject({
      content: [{ type: "text", text: "The build fails on Windows." }],
      finishReason: { unified: "stop" },
      warnings: [],
    });
  });

  it("estimates a token for every four characters", async () => {
    const { usage } = await model.doGenerate({ prompt: [user("Compilers translate. OK")] });
    expect(usage.inputTokens.total).toBe(6);
    expect(usage.outputTokens.total).toBe(5);
  });

  it("has nothing to say to a user who said nothing", async () => {
    const { content, finishReason } = await model.doGenerate({
      prompt: [user("")],
      tools: [tool("analyse", ["text"])],
    });
    expect(content).toEqual([]);
    expect(finishReason.unified).toBe("stop");
  });

  it("calls each tool that takes just a text with the user's text", async () => {
    const tools = [
      tool("analyse", ["text"]),
      tool("search", ["query", "language"]),
      tool("count", ["limit"], "number"),
      tool("translate", ["source"]),
    ];
    const { content, finishReason } = await model.doGenerate({ prompt: [user(QUESTION)], tools });
    expect(content).toEqual([
      { type: "tool-call", toolCallId: "call_1_1", toolName: "analyse", input: JSON.stringify({ text: QUESTION }) },
      { type: "tool-call", toolCallId: "call_1_2", toolName: "translate", input: JSON.stringify({ source: QUESTION }) },
    ]);
    expect(finishReason.unified).toBe("tool-calls");
  });

  it("calls only the tool that it must, or none when it must not", async () => {
    const tools = [tool("analyse", ["text"]), tool("translate", ["source"])];
    const prompt = [user(QUESTION)];
    const one = await model.doGenerate({ prompt, tools, toolChoice: { type: "tool", toolName: "translate" } });
    expect(one.content).toMatchObject([{ toolName: "translate" }]);
    const none = await model.doGenerate({ prompt, tools, toolChoice: { type: "none" } });
    expect(none.content).toMatchObject([{ type: "text" }]);
  });

  it("reads the prose in what tools answered, and calls none again in the same turn", async () => {
    const output = {
      type: "json" as const,
      value: { language: "en", key: ["Windows paths break the Windows build of Windows."], score: 1 },
    };
    const prompt: LanguageModelV4Prompt = [
      user(QUESTION),
      { role: "assistant", content: [{ type: "tool-call", toolCallId: "1", toolName: "analyse", input: {} }] },
      {
        role: "tool",
        content: [
          { type: "tool-result", toolCallId: "1", toolName: "analyse", output },
          {
            type: "tool-result",
            toolCallId: "2",
            toolName: "search",
            output: { type: "error-text", value: "Windows Windows Windows Windows" },
          },
        ],
      },
    ];
    const tools = [tool("analyse", ["text"])];
    const answer = await model.doGenerate({ prompt, tools });
    expect(answer.content).toEqual([{ type: "text", text: "Windows paths break the Windows build of Windows." }]);
    const nextTurn = await model.doGenerate({ prompt: [...prompt, user("And on Linux?")], tools });
    expect(nextTurn.content).toMatchObject([{ type: "tool-call", input: '{"text":"And on Linux?"}' }]);
  });

  it("says which settings it does not heed", async () => {
    const { warnings } = await model.doGenerate({ prompt: [user(QUESTION)], temperature: 0, maxOutputTokens: 5 });
    expect(warnings).toEqual([
      { type: "unsupported", feature: "maxOutputTokens" },
      { type: "unsupported", feature: "temperature" },
    ]);
  });

  it("needs no network and no clock", async () => {
    const source = await readFile(new URL("./extractive-model.ts", import.meta.url), "utf8");
    expect(source).not.toMatch(/fetch|node:|Date|random/i);
  });
});
