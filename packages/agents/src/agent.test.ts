import { APICallError } from "@ai-sdk/provider";
import type { Log } from "@llmspell/base";
import { cancel, type HookDefinition, HookManager, modify, replace } from "@llmspell/hooks";
import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { calls, ScriptedProvider, says } from "../test/scripted-provider.ts";
import { Agent } from "./agent.ts";
import { isCancelled } from "./hook-passage.ts";

const usage = { inputTokens: 10, outputTokens: 3, totalTokens: 13 };

function hooksAt(point: string, handler: HookDefinition["handler"]): HookManager {
  const hooks = new HookManager();
  hooks.register(point, { id: "guard", handler });
  return hooks;
}

describe("an agent", () => {
  it("answers with what the model says, and sends the system prompt first", async () => {
    const provider = new ScriptedProvider(says("Four."));
    const agent = new Agent({ systemPrompt: "Be brief.", temperature: 0.2, maxOutputTokens: 50 }, { provider });
    expect(await agent.chat("2 + 2?")).toEqual({
      text: "Four.",
      usage,
      steps: 1,
      toolCalls: [],
      finishReason: "stop",
      model: "scripted-1",
    });
    expect(provider.prompt(0)).toEqual([
      { role: "system", content: "Be brief." },
      { role: "user", content: [{ type: "text", text: "2 + 2?" }] },
    ]);
    expect(provider.asked[0]).toMatchObject({ temperature: 0.2, maxOutputTokens: 50 });
  });

  it("cannot be made with a provider that is not configured", () => {
    const provider = Object.assign(new ScriptedProvider(), {
      unavailable: { reason: "not_configured", problem: "baseUrl is not set" } as const,
    });
    expect(() => new Agent({ name: "triage" }, { provider })).toThrow(
      expect.objectContaining({
        code: "LLMSPELL_E_PROVIDER_UNAVAILABLE",
        message: 'The provider scripted of agent "triage" cannot be used: baseUrl is not set.',
      }),
    );
  });

  it("cannot name tools where there are no pools", () => {
    expect(() => new Agent({ tools: ["search"] }, { provider: new ScriptedProvider() })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_AGENT_OPTIONS" }),
    );
  });

  it.each([
    [{ maxSteps: 0 }, "`maxSteps` must be a whole number from 1 on, found 0"],
    [{ maxRetries: Number.NaN }, "`maxRetries` must be a whole number from 0 on, found NaN"],
    [{ history: { maxMessages: 1 } }, "`history.maxMessages` must be a whole number from 2 on, found 1"],
    [{ history: { maxSessions: 1.5 } }, "`history.maxSessions` must be a whole number from 1 on, found 1.5"],
  ])("cannot be made with %j", (options, problem) => {
    expect(() => new Agent({ name: "triage", ...options }, { provider: new ScriptedProvider() })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_AGENT_OPTIONS", message: `Agent "triage": ${problem}.` }),
    );
  });

  it("tells the model that it has no tools when it asks for some", async () => {
    const provider = new ScriptedProvider(calls([["search", {}]]), says("Then I do not know."));
    const agent = new Agent({}, { provider });
    const result = await agent.chat("Who?");
    expect(result.text).toBe("Then I do not know.");
    expect(result.toolCalls).toEqual([
      { id: "call_0", pool: "search", input: {}, outcome: "failed", problem: expect.stringContaining("search") },
    ]);
    expect(provider.asked[1]?.prompt.at(-1)).toMatchObject({
      role: "tool",
      content: [{ toolCallId: "call_0", output: { type: "error-text" } }],
    });
  });

  it("logs each warning of a model once", async () => {
    const warned: string[] = [];
    const ignore = () => undefined;
    const log: Log = { debug: ignore, info: ignore, error: ignore, warn: (message) => void warned.push(message) };
    const reply = { ...says("Well."), warnings: [{ type: "unsupported" as const, feature: "temperature" }] };
    const agent = new Agent({}, { provider: new ScriptedProvider(reply, reply), log });
    await agent.chat("a");
    await agent.chat("b");
    expect(warned).toEqual(['The model "scripted-1" warns: {"type":"unsupported","feature":"temperature"}']);
  });

  it("says which model failed, and how", async () => {
    const failure = new Error("no such model");
    const provider = new ScriptedProvider(() => Promise.reject(failure));
    const agent = new Agent({ name: "triage" }, { provider });
    await expect(agent.chat("Hello")).rejects.toMatchObject({
      code: "LLMSPELL_E_AGENT_PROVIDER",
      message: 'Agent "triage" got no answer from the model "scripted-1": no such model',
      cause: failure,
    });
    expect(agent.stats()).toMatchObject({ chats: 1, failed: 1, llmCalls: 1, pending: 0 });
  });

  it("tries a passing failure again as often as maxRetries says", async () => {
    const busy = () => {
      const responseHeaders = { "retry-after-ms": "0" };
      const details = { url: "http://model", requestBodyValues: {}, statusCode: 429, responseHeaders };
      return Promise.reject(new APICallError({ message: "busy", ...details }));
    };
    const patient = new Agent({ maxRetries: 1 }, { provider: new ScriptedProvider(busy, says("At last.")) });
    expect((await patient.chat("Hello")).text).toBe("At last.");
    const provider = new ScriptedProvider(busy, says("Too late."));
    await expect(new Agent({ maxRetries: 0 }, { provider }).chat("Hello")).rejects.toMatchObject({
      code: "LLMSPELL_E_AGENT_PROVIDER",
      cause: { statusCode: 429 },
    });
    expect(provider.asked).toHaveLength(1);
  });
});

describe("the end of a chat", () => {
  const hang = () => new Promise<never>(() => undefined);

  it("comes after the timeout, even if the model does not obey", async () => {
    const clock = new VirtualClock();
    const agent = new Agent({ name: "slow", timeout: "5s" }, { provider: new ScriptedProvider(hang), clock });
    const chat = agent.chat("Hello");
    const expectation = expect(chat).rejects.toMatchObject({
      code: "LLMSPELL_E_AGENT_TIMEOUT",
      message: 'Agent "slow" had not answered after 5000 ms.',
    });
    await clock.advance(4999);
    expect(agent.stats().pending).toBe(1);
    await clock.advance(1);
    await expectation;
    expect(agent.stats()).toMatchObject({ failed: 1, pending: 0, duration: { max: 5000 } });
    expect(clock.pendingTimers).toBe(0);
  });

  it("comes when the caller gives up, with the caller's reason", async () => {
    const abort = new AbortController();
    const provider = new ScriptedProvider(() => {
      abort.abort("enough");
      return hang();
    });
    const agent = new Agent({}, { provider });
    await expect(agent.chat("Hello", { signal: abort.signal })).rejects.toBe("enough");
    await expect(agent.chat("Hello", { signal: abort.signal })).rejects.toBe("enough");
    expect(provider.asked).toHaveLength(1);
    expect(agent.reading()).toMatchObject({ in: 2, out: 0, shed: 2, failed: 0, pending: 0, details: { aborted: 2 } });
  });

  it("is awaited when draining, after which no chat is taken", async () => {
    const reply = Promise.withResolvers<ReturnType<typeof says>>();
    const agent = new Agent({ name: "triage" }, { provider: new ScriptedProvider(() => reply.promise) });
    const chat = agent.chat("Hello");
    let isDrained = false;
    const drained = agent.drain().then(() => {
      isDrained = true;
    });
    await expect(agent.chat("Too late")).rejects.toMatchObject({ code: "LLMSPELL_E_AGENT_CLOSED" });
    expect(isDrained).toBe(false);
    reply.resolve(says("Done."));
    expect((await chat).text).toBe("Done.");
    await drained;
  });

  it("comes when the agent is disposed", async () => {
    const agent = new Agent({}, { provider: new ScriptedProvider(hang) });
    const chat = expect(agent.chat("Hello")).rejects.toMatchObject({ code: "LLMSPELL_E_AGENT_CLOSED" });
    await agent[Symbol.asyncDispose]();
    await chat;
    expect(agent.stats()).toMatchObject({ aborted: 1, failed: 0, pending: 0 });
  });
});

describe("hooks around LLM calls", () => {
  it("see what is sent and what comes back", async () => {
    const hooks = new HookManager();
    const seen: unknown[] = [];
    for (const point of ["before_llm_call", "after_llm_call"]) {
      hooks.register(point, { id: "look", handler: ({ input, data }) => void seen.push({ point, input, data }) });
    }
    await new Agent({ name: "triage" }, { provider: new ScriptedProvider(says("Four.")), hooks }).chat("2 + 2?");
    const messages = [{ role: "user", content: "2 + 2?" }];
    const origin = { agent: "triage", model: "scripted-1" };
    const reply = { text: "Four.", usage, toolCalls: [], finishReason: "stop" };
    expect(seen).toEqual([
      { point: "before_llm_call", input: "2 + 2?", data: { ...origin, messages } },
      { point: "after_llm_call", input: "2 + 2?", data: { ...origin, ...reply } },
    ]);
  });

  it("change the messages that are sent", async () => {
    const provider = new ScriptedProvider(says("Hello, someone."));
    const hooks = hooksAt("before_llm_call", () =>
      modify({ messages: [{ role: "user", content: "I am [redacted]" }] }),
    );
    await new Agent({ systemPrompt: "Greet." }, { provider, hooks }).chat("I am Ada");
    expect(provider.prompt(0)).toEqual([{ role: "user", content: [{ type: "text", text: "I am [redacted]" }] }]);
  });

  it.each([
    ["before_llm_call", { messages: "hello" }, "messages"],
    ["before_llm_call", { messages: [] }, "messages"],
    ["before_llm_call", { messages: [{ role: "wizard", content: "x" }] }, "messages"],
    ["after_llm_call", { text: null }, "text"],
  ])("end the chat at %s when they leave %j", async (point, patch, path) => {
    const hooks = hooksAt(point, () => modify(patch));
    const agent = new Agent({}, { provider: new ScriptedProvider(says("Hello.")), hooks });
    await expect(agent.chat("Hi")).rejects.toMatchObject({
      code: "LLMSPELL_E_AGENT_PATCH",
      message: expect.stringContaining(`After the hooks at ${point}, \`${path}\` is not`),
    });
  });

  it("change the answer", async () => {
    const hooks = hooksAt("after_llm_call", ({ data }) => modify({ text: `${data["text"]} (checked)` }));
    const agent = new Agent({}, { provider: new ScriptedProvider(says("Four.")), hooks });
    expect((await agent.chat("2 + 2?")).text).toBe("Four. (checked)");
  });

  it.each([
    ["before_llm_call", "from the cache", "from the cache", 0],
    ["before_llm_call", { label: "bug" }, '{"label":"bug"}', 0],
    ["after_llm_call", "another answer", "another answer", 1],
  ])("replace at %s the answer with %j", async (point, result, text, llmCalls) => {
    const hooks = hooksAt(point, () => replace(result));
    const agent = new Agent({}, { provider: new ScriptedProvider(says("Four.")), hooks });
    expect(await agent.chat("2 + 2?")).toMatchObject({ text, finishReason: "replaced", steps: llmCalls });
    expect(agent.stats()).toMatchObject({ answered: 1, llmCalls });
  });

  it.each(["before_llm_call", "after_llm_call"])("cancel the chat at %s", async (point) => {
    const hooks = hooksAt(point, () => cancel("it asks for secrets"));
    const agent = new Agent({}, { provider: new ScriptedProvider(says("Four.")), hooks });
    const error: unknown = await agent.chat("2 + 2?").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "LLMSPELL_E_AGENT_CANCELLED",
      message: `The hook "guard" at ${point} cancelled the call: it asks for secrets`,
    });
    expect(isCancelled(error) && error.cancellation).toEqual({ point, hook: "guard", reason: "it asks for secrets" });
    expect(agent.reading()).toMatchObject({ in: 1, out: 0, shed: 1, failed: 0, pending: 0, details: { aborted: 0 } });
  });

  it("end the chat when they fail", async () => {
    const hooks = hooksAt("before_llm_call", () => {
      throw new Error("out of order");
    });
    const provider = new ScriptedProvider(says("Four."));
    await expect(new Agent({}, { provider, hooks }).chat("2 + 2?")).rejects.toMatchObject({
      code: "LLMSPELL_E_HOOK_FAILED",
    });
    expect(provider.asked).toHaveLength(0);
  });
});
