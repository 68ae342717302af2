import type { HookOutcome } from "@llmspell/hooks";
import { describe, expect, it } from "vitest";
import type { MaxTokensOptions } from "./generated/options.ts";
import { MaxTokens } from "./max-tokens.ts";
import { contextFor } from "./testing/context-for.ts";

const system = { role: "system", content: "Be kind." }; // 3 tokens
const question = { role: "user", content: "one two three four" }; // 4
const call = {
  role: "assistant",
  content: [{ type: "tool-call", toolCallId: "c1", toolName: "search", input: { query: "four five" } }], // 5
};
const result = {
  role: "tool",
  content: [{ type: "tool-result", toolCallId: "c1", toolName: "search", output: { type: "text", value: "a b c d" } }],
};
const answer = { role: "assistant", content: [{ type: "text", text: "five six" }] }; // 2

async function check(data: Record<string, unknown>, options: MaxTokensOptions) {
  const hook = new MaxTokens(options);
  const outcome: HookOutcome | undefined = await hook.handle(contextFor(data));
  return { outcome, figures: hook.figures() };
}

async function truncate(messages: readonly unknown[], limit: number) {
  const { outcome, figures } = await check({ messages }, { limit, action: "truncate" });
  return { messages: outcome?.kind === "modify" ? outcome.patch["messages"] : outcome, figures };
}

describe("max_tokens", () => {
  const messages = [system, question, answer];

  it("counts the content of messages, and stops what has too many tokens", async () => {
    expect((await check({ messages }, { limit: 9 })).outcome).toBeUndefined();
    expect(await check({ messages }, { limit: 8 })).toEqual({
      outcome: { kind: "cancel", reason: "There are 9 tokens where 8 are allowed." },
      figures: { checked: 1, tokens: 9, maxTokens: 9, exceeded: 1, droppedMessages: 0, cutTexts: 0 },
    });
  });

  it("flags instead where told to", async () => {
    const { outcome } = await check({ messages }, { limit: 1, action: "flag" });
    expect(outcome).toEqual({ kind: "modify", patch: { maxTokens: { tokens: 9, limit: 1 } } });
  });

  it("answers at once from its second call on, and adds up", async () => {
    const hook = new MaxTokens({ limit: 5, fields: ["text"] });
    const pending = hook.handle(contextFor({ text: "one two" }));
    expect(pending).toBeInstanceOf(Promise);
    await pending;
    expect(hook.handle(contextFor({ text: "one two three" }))).toBeUndefined();
    expect(hook.figures()).toMatchObject({ checked: 2, tokens: 5, maxTokens: 3, exceeded: 0 });
  });

  it("counts a message anew that may have changed", async () => {
    const hook = new MaxTokens({ limit: 100 });
    const message = { role: "user", content: "one two three" };
    for (const content of ["one two three", "one"]) {
      message.content = content;
      await hook.handle(contextFor({ messages: [message] }));
    }
    const frozen = Object.freeze({ ...message });
    for (let call = 0; call < 2; call++) await hook.handle(contextFor({ messages: [frozen] }));
    expect(hook.figures()).toMatchObject({ tokens: 3 + 1 + 1 + 1 });
  });

  it("counts in the encoding that it is given, in all of its fields", async () => {
    const text = "お誕生日おめでとう";
    expect((await check({ text, input: [text] }, { limit: 100, fields: ["text", "input"] })).figures.tokens).toBe(16);
    const options = { limit: 100, fields: ["text"], encoding: "cl100k_base" } satisfies MaxTokensOptions;
    expect((await check({ text }, options)).figures.tokens).toBe(9);
  });
});

describe("max_tokens, truncating,", () => {
  it("drops the oldest messages first, but no system message and not the last question", async () => {
    const older = { role: "user", content: "one two three" };
    const messages = [system, older, answer, question, answer];
    expect(await truncate(messages, 9)).toEqual({
      messages: [system, question, answer],
      figures: { checked: 1, tokens: 14, maxTokens: 14, exceeded: 1, droppedMessages: 2, cutTexts: 0 },
    });
  });

  it("drops an answer with its question, so that no conversation begins with an answer", async () => {
    const older = { role: "user", content: "one two three" };
    const messages = [system, older, answer, older, answer, question];
    expect((await truncate(messages, 16)).messages).toEqual([system, older, answer, question]);
    expect((await truncate([answer, older, question], 8)).messages).toEqual([older, question]);
    expect((await truncate([answer, older, answer, question], 11)).messages).toBeUndefined();
  });

  it("keeps a tool's result with the call that it answers", async () => {
    const messages = [system, question, call, result, call, result];
    expect(await truncate(messages, 25)).toMatchObject({
      messages: [system, question, call, result],
      figures: { droppedMessages: 2, cutTexts: 0 },
    });
    const longer = [system, question, call, result, call, result, call, result];
    const { tokens } = (await check({ messages: longer }, { limit: 100 })).figures;
    expect(await truncate(longer, Number(tokens) - 1)).toMatchObject({ figures: { droppedMessages: 2, cutTexts: 0 } });
  });

  it("then cuts texts, the last first, and nothing that a tool is called with", async () => {
    const { tokens } = (await check({ messages: [system, question, call, result] }, { limit: 100 })).figures;
    const shorter = structuredClone(result);
    for (const part of shorter.content) part.output.value = "a b";
    expect(await truncate([system, question, call, result], Number(tokens) - 2)).toMatchObject({
      messages: [system, question, call, shorter],
      figures: { droppedMessages: 0, cutTexts: 1 },
    });
    for (const part of shorter.content) part.output.value = "";
    const cut = { role: "user", content: "one two three" };
    expect(await truncate([system, question, call, result], Number(tokens) - 5)).toMatchObject({
      messages: [system, cut, call, shorter],
      figures: { cutTexts: 2 },
    });
  });

  it("stops what cannot be made short enough", async () => {
    expect((await truncate([system, question], 2)).messages).toEqual({
      kind: "cancel",
      reason: "There are 7 tokens where 2 are allowed.",
    });
  });

  it("cuts other fields at their end", async () => {
    const data = { text: "one two three", list: ["four five", 6, "seven"] };
    const options = { limit: 4, action: "truncate", fields: ["text", "list"] } satisfies MaxTokensOptions;
    const { outcome, figures } = await check(data, options);
    expect(outcome).toEqual({ kind: "modify", patch: { list: ["four", 6, ""] } });
    expect(figures).toMatchObject({ tokens: 6, cutTexts: 2 });
  });

  it("changes nothing that fits", async () => {
    expect((await truncate([system, question], 7)).messages).toBeUndefined();
  });
});
