import { Agent } from "@llmspell/agents";
import { VirtualClock } from "@llmspell/testkit";
import { type Answer, ChatServer } from "@llmspell/testkit/chat-server";
import { describeProvider } from "@llmspell/testkit/conformance/provider";
import { type Tool, ToolExecutionPool } from "@llmspell/tools";
import { describe, expect, it, onTestFinished } from "vitest";
import { OpenAiCompatible } from "./openai-compatible.ts";

async function serverThat(...answers: readonly Answer[]): Promise<ChatServer> {
  const server = await ChatServer.start(...answers);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

const HELLO: Answer = { message: { content: "Hello, Ada." } };

describeProvider("openai_compatible", async () => {
  const { baseUrl } = await serverThat(HELLO);
  return new OpenAiCompatible({ baseUrl, model: "test-model" });
});

describe("the provider openai_compatible", () => {
  it("sends chat completions with the key, the headers and the settings", async () => {
    const server = await serverThat(HELLO);
    const provider = new OpenAiCompatible({
      baseUrl: server.baseUrl,
      model: "test-model",
      apiKey: "k-1",
      headers: { "x-team": "triage" },
    });
    const agent = new Agent({ systemPrompt: "Greet.", temperature: 0, maxOutputTokens: 20 }, { provider });
    expect(await agent.chat("I am Ada")).toEqual({
      text: "Hello, Ada.",
      usage: { inputTokens: 12, outputTokens: 4, totalTokens: 16 },
      steps: 1,
      toolCalls: [],
      finishReason: "stop",
      model: "test-model",
    });
    expect(server.requests).toMatchObject([
      {
        path: "/v1/chat/completions",
        headers: { authorization: "Bearer k-1", "x-team": "triage" },
        body: {
          model: "test-model",
          temperature: 0,
          max_tokens: 20,
          messages: [
            { role: "system", content: "Greet." },
            { role: "user", content: "I am Ada" },
          ],
        },
      },
    ]);
  });

  it.each([null, "", undefined])("sends no key when it is %j", async (apiKey) => {
    const server = await serverThat(HELLO);
    const options = { baseUrl: server.baseUrl, model: "test-model", ...(apiKey === undefined ? {} : { apiKey }) };
    await new Agent({}, { provider: new OpenAiCompatible(options) }).chat("Hello");
    expect(server.requests[0]?.headers).not.toHaveProperty("authorization");
  });

  it.each([
    [null, null, { reason: "not_configured", problem: "baseUrl and model are not set" }],
    ["", "", { reason: "not_configured", problem: "baseUrl and model are not set" }],
    [null, "m", { reason: "misconfigured", problem: "baseUrl is not set" }],
    ["", "m", { reason: "misconfigured", problem: "baseUrl is not set" }],
    ["http://127.0.0.1/v1", null, { reason: "misconfigured", problem: "model is not set" }],
    ["http://127.0.0.1/v1", "m", undefined],
  ])("is unavailable with baseUrl %j and model %j: %j", async (baseUrl, model, unavailable) => {
    const provider = new OpenAiCompatible({ baseUrl, model });
    expect(provider.unavailable).toEqual(unavailable);
    if (unavailable !== undefined) await expect(provider.languageModel()).rejects.toThrow(unavailable.problem);
  });

  it("carries tool calls to the pools and their output back", async () => {
    const call = { id: "c1", type: "function", function: { name: "clock", arguments: '{"zone":"UTC"}' } };
    const server = await serverThat(
      { message: { content: null, tool_calls: [call] }, finish: "tool_calls" },
      { message: { content: "It is noon." } },
    );
    const clock: Tool = {
      description: "Says the time.",
      inputSchema: { type: "object", properties: { zone: { type: "string" } }, required: ["zone"] },
      createInstance: async () => ({
        execute: async () => ({ time: "12:00" }),
        [Symbol.asyncDispose]: async () => undefined,
      }),
    };
    await using tools = new ToolExecutionPool({ pools: { clock: { tool: clock, balancer: { pick: () => 0 } } } });
    const provider = new OpenAiCompatible({ baseUrl: server.baseUrl, model: "test-model" });
    const { text, toolCalls } = await new Agent({ tools: ["clock"] }, { provider, tools }).chat("What time is it?");
    expect(text).toBe("It is noon.");
    expect(toolCalls).toEqual([
      { id: "c1", pool: "clock", input: { zone: "UTC" }, outcome: "done", output: { time: "12:00" } },
    ]);
    expect(server.requests[0]?.body).toMatchObject({
      tools: [{ type: "function", function: { name: "clock", description: "Says the time." } }],
    });
    expect(server.requests[1]?.body).toMatchObject({
      messages: [
        { role: "user" },
        { role: "assistant", tool_calls: [{ id: "c1", function: { name: "clock" } }] },
        { role: "tool", tool_call_id: "c1", content: '{"time":"12:00"}' },
      ],
    });
  });

  it("says what the server refused, and tries such a failure once", async () => {
    const server = await serverThat({ status: 401, error: "Incorrect API key provided." });
    const provider = new OpenAiCompatible({ baseUrl: server.baseUrl, model: "test-model" });
    await expect(new Agent({ name: "triage" }, { provider }).chat("Hello")).rejects.toMatchObject({
      code: "LLMSPELL_E_AGENT_PROVIDER",
      message: 'Agent "triage" got no answer from the model "test-model": Incorrect API key provided.',
      cause: { statusCode: 401 },
    });
    expect(server.requests).toHaveLength(1);
  });

  it("tries a passing failure again", async () => {
    const busy = { status: 503, error: "overloaded", headers: { "retry-after-ms": "1" } };
    const server = await serverThat(busy, busy, HELLO);
    const provider = new OpenAiCompatible({ baseUrl: server.baseUrl, model: "test-model" });
    expect((await new Agent({ maxRetries: 2 }, { provider }).chat("Hello")).text).toBe("Hello, Ada.");
    expect(server.requests).toHaveLength(3);
  });

  it("says so when nobody listens", async () => {
    const server = await ChatServer.start(HELLO);
    const provider = new OpenAiCompatible({ baseUrl: server.baseUrl, model: "test-model" });
    await server[Symbol.asyncDispose]();
    await expect(new Agent({ maxRetries: 0 }, { provider }).chat("Hello")).rejects.toMatchObject({
      code: "LLMSPELL_E_AGENT_PROVIDER",
      message: expect.stringContaining("Cannot connect to API"),
    });
  });

  it("breaks the request off when the caller gives up", async () => {
    const server = await serverThat("hang");
    const provider = new OpenAiCompatible({ baseUrl: server.baseUrl, model: "test-model" });
    const abort = new AbortController();
    const chat = new Agent({}, { provider }).chat("Hello", { signal: abort.signal });
    const expectation = expect(chat).rejects.toBe("enough");
    await server.asked.promise;
    abort.abort("enough");
    await expectation;
    await server.brokenOff.promise;
  });

  it("breaks the request off when the time is over", async () => {
    const server = await serverThat("hang");
    const clock = new VirtualClock();
    const provider = new OpenAiCompatible({ baseUrl: server.baseUrl, model: "test-model" });
    const chat = new Agent({ timeout: "30s" }, { provider, clock }).chat("Hello");
    const expectation = expect(chat).rejects.toMatchObject({ code: "LLMSPELL_E_AGENT_TIMEOUT" });
    await server.asked.promise;
    await clock.advance(30_000);
    await expectation;
    await server.brokenOff.promise;
  });
});
