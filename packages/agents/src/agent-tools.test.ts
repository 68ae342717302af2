import { cancel, HookManager, modify } from "@llmspell/hooks";
import { VirtualClock } from "@llmspell/testkit";
import { type Tool, ToolExecutionPool } from "@llmspell/tools";
import { describe, expect, it, onTestFinished } from "vitest";
import { calls, ScriptedProvider, says } from "../test/scripted-provider.ts";
import { Agent, type AgentDependencies, type AgentOptions } from "./agent.ts";

type Work = (input: unknown, signal: AbortSignal) => unknown;

/** A tool that takes a text and does what a test decides. */
function textTool(work: Work): Tool {
  return {
    description: "Looks a text up.",
    inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
    createInstance: async () => ({
      execute: async (input, { signal }) => work(input, signal),
      [Symbol.asyncDispose]: async () => undefined,
    }),
  };
}

interface Setting {
  readonly provider: ScriptedProvider;
  readonly work: Work;
  readonly options?: AgentOptions;
  readonly dependencies?: Partial<AgentDependencies>;
}

function agentWith({ provider, work, options = {}, dependencies = {} }: Setting): Agent {
  const tools = new ToolExecutionPool({ pools: { search: { tool: textTool(work), balancer: { pick: () => 0 } } } });
  onTestFinished(() => tools.stop());
  return new Agent({ tools: ["search"], ...options }, { provider, tools, ...dependencies });
}

const FOUND = { title: "Backpressure", score: 1 };

describe("an agent with tools", () => {
  it("tells the model of its pools, makes the calls that it asks for, and tells it what came of them", async () => {
    const requests = [
      ["search", { text: "a" }],
      ["search", { text: "b" }],
    ] as const;
    const provider = new ScriptedProvider(calls(requests), says("It is a brake."));
    const agent = agentWith({ provider, work: (input) => ({ ...FOUND, input }) });
    expect(await agent.chat("What is it?")).toEqual({
      text: "It is a brake.",
      usage: { inputTokens: 20, outputTokens: 6, totalTokens: 26 },
      steps: 2,
      finishReason: "stop",
      model: "scripted-1",
      toolCalls: requests.map(([pool, input], index) => {
        return { id: `call_${index}`, pool, input, outcome: "done", output: { ...FOUND, input } };
      }),
    });
    expect(provider.asked[0]?.tools).toEqual([
      {
        type: "function",
        name: "search",
        description: "Looks a text up.",
        inputSchema: { type: "object", properties: { text: { type: "string" } }, required: ["text"] },
      },
    ]);
    expect(provider.asked[1]?.prompt.slice(1)).toMatchObject([
      {
        role: "assistant",
        content: [
          { type: "text", text: "Let me see." },
          { type: "tool-call", toolCallId: "call_0", input: { text: "a" } },
          { type: "tool-call", toolCallId: "call_1", input: { text: "b" } },
        ],
      },
      {
        role: "tool",
        content: [
          { toolCallId: "call_0", output: { type: "json", value: { ...FOUND, input: { text: "a" } } } },
          { toolCallId: "call_1", output: { type: "json", value: { ...FOUND, input: { text: "b" } } } },
        ],
      },
    ]);
    expect(agent.reading().details).toMatchObject({ llmCalls: 2, toolCalls: 2, inputTokens: 20, outputTokens: 6 });
  });

  it("tells the model what a tool threw, and that an input did not fit", async () => {
    const requests = [
      ["search", { text: "a" }],
      ["search", { query: "b" }],
    ] as const;
    const provider = new ScriptedProvider(calls(requests), says("I could not look."));
    const agent = agentWith({
      provider,
      work: () => {
        throw new Error("the index is down");
      },
    });
    const { text, toolCalls } = await agent.chat("What is it?");
    expect(text).toBe("I could not look.");
    expect(toolCalls).toMatchObject([
      { outcome: "failed", problem: "the index is down" },
      { outcome: "failed", problem: expect.stringContaining("does not fit its schema") },
    ]);
    expect(provider.asked[1]?.prompt.at(-1)).toMatchObject({
      content: [{ output: { type: "error-text", value: "the index is down" } }, { output: { type: "error-text" } }],
    });
    expect(agent.stats()).toMatchObject({ answered: 1, toolCalls: 0, toolCallsFailed: 2 });
  });

  it("tells the model of an output that cannot be written down", async () => {
    const provider = new ScriptedProvider(calls([["search", { text: "a" }]]), says("Never mind."));
    const { text, toolCalls } = await agentWith({ provider, work: () => ({ count: 1n }) }).chat("What is it?");
    expect(text).toBe("Never mind.");
    expect(toolCalls).toMatchObject([{ outcome: "failed", problem: expect.stringContaining("BigInt") }]);
  });

  it("tells the model that a hook refused a call, and why", async () => {
    const hooks = new HookManager();
    hooks.register("before_tool_call", { id: "guard", handler: () => cancel("search is for members") });
    const provider = new ScriptedProvider(calls([["search", { text: "a" }]]), says("I may not look."));
    const work = () => {
      throw new Error("must not be called");
    };
    const { text, toolCalls } = await agentWith({ provider, work, dependencies: { hooks } }).chat("What is it?");
    expect(text).toBe("I may not look.");
    expect(toolCalls).toMatchObject([{ outcome: "cancelled", problem: "This was refused: search is for members" }]);
  });

  it("ends the chat when a hook around a tool call fails", async () => {
    const hooks = new HookManager();
    const handler = () => Promise.reject(new Error("out of order"));
    hooks.register("before_tool_call", { id: "guard", handler });
    const provider = new ScriptedProvider(calls([["search", { text: "a" }]]));
    const chat = agentWith({ provider, work: () => FOUND, dependencies: { hooks } }).chat("What is it?");
    await expect(chat).rejects.toMatchObject({ code: "LLMSPELL_E_HOOK_FAILED" });
  });

  it("makes at most maxSteps LLM calls, and no tool calls after the last", async () => {
    let count = 0;
    const ask = calls([["search", { text: "again" }]], "Still looking.");
    const agent = agentWith({
      provider: new ScriptedProvider(ask, ask, ask),
      work: () => ++count,
      options: { maxSteps: 2 },
    });
    expect(await agent.chat("What is it?")).toMatchObject({
      text: "Still looking.",
      steps: 2,
      finishReason: "max-steps",
      toolCalls: [{ output: 1 }],
    });
    expect(count).toBe(1);
  });

  it("makes no tool call that was cut off", async () => {
    const cut = { ...calls([["search", { text: "a" }]]), finishReason: { unified: "length", raw: undefined } as const };
    const agent = agentWith({ provider: new ScriptedProvider(cut), work: () => FOUND });
    expect(await agent.chat("What is it?")).toMatchObject({ finishReason: "length", toolCalls: [], steps: 1 });
  });

  it("puts what hooks made of the model's words into the conversation", async () => {
    const hooks = new HookManager();
    hooks.register("after_llm_call", {
      id: "censor",
      handler: ({ data }) => modify({ text: String(data["text"]).replace("damn", "****") }),
    });
    const provider = new ScriptedProvider(calls([["search", { text: "a" }]], "damn, let me see"), says("damn good"));
    const agent = agentWith({ provider, work: () => FOUND, dependencies: { hooks } });
    expect((await agent.chat("What is it?")).text).toBe("**** good");
    expect(provider.asked[1]?.prompt[1]).toMatchObject({
      content: [{ type: "text", text: "****, let me see" }, { type: "tool-call" }],
    });
  });

  it("aborts its tool calls when the time is over", async () => {
    const clock = new VirtualClock();
    const reasons: unknown[] = [];
    const provider = new ScriptedProvider(calls([["search", { text: "a" }]]));
    const work = (_: unknown, signal: AbortSignal) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          reasons.push(signal.reason);
          reject(signal.reason);
        });
      });
    const agent = agentWith({ provider, work, options: { timeout: "3s" }, dependencies: { clock } });
    const failure = expect(agent.chat("What is it?")).rejects.toMatchObject({ code: "LLMSPELL_E_AGENT_TIMEOUT" });
    await clock.advance(3000);
    await failure;
    expect(reasons).toEqual([expect.objectContaining({ code: "LLMSPELL_E_AGENT_TIMEOUT" })]);
  });

  it("does not know a pool that there is not", async () => {
    const agent = agentWith({ provider: new ScriptedProvider(), work: () => FOUND, options: { tools: ["serach"] } });
    await expect(agent.chat("What is it?")).rejects.toMatchObject({ code: "LLMSPELL_E_POOL_UNKNOWN" });
  });
});

describe("the sessions of an agent", () => {
  it("put earlier questions and answers before the next question, without the tool calls between", async () => {
    const provider = new ScriptedProvider(
      calls([["search", { text: "a" }]]),
      says("A brake."),
      says("Yes."),
      says("?"),
    );
    const agent = agentWith({ provider, work: () => FOUND, options: { systemPrompt: "Be brief." } });
    await agent.chat("What is it?", { session: "ada" });
    await agent.chat("Really?", { session: "ada" });
    await agent.chat("Who are you?", { session: "bob" });
    const text = (value: string) => [{ type: "text", text: value }];
    expect(provider.prompt(2)).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: text("What is it?") },
      { role: "assistant", content: text("A brake.") },
      { role: "user", content: text("Really?") },
    ]);
    expect(provider.prompt(3)).toHaveLength(2);
  });
});
