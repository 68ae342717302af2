import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { MaxTokens } from "./max-tokens.ts";
import { PromptInjection } from "./prompt-injection.ts";
import { Redact } from "./redact.ts";
import { Regex } from "./regex.ts";
import { contextFor } from "./testing/context-for.ts";

const deep = Array.from({ length: 100_000 }).reduce((inner) => [inner], "jane@example.com");

describe("what is nested too deeply to be looked through", () => {
  it.each([
    ["redact", new Redact()],
    ["prompt_injection", new PromptInjection({ action: "flag" })],
    ["regex", new Regex({ deny: { word: "x" } })],
    ["max_tokens", new MaxTokens({ limit: 1, fields: ["text"] })],
  ])("is cancelled by %s, and not failed", async (_, hook) => {
    expect(await hook.handle(contextFor({ text: deep }))).toEqual({
      kind: "cancel",
      reason: "The data is nested too deeply to be looked through.",
    });
  });
});

it.each([
  ["redact", new Redact({ fields: ["mesages", "messages.content", "number"] })],
  ["prompt_injection", new PromptInjection({ fields: ["mesages", "messages.content", "number"] })],
  ["regex", new Regex({ fields: ["mesages", "messages.content", "number"], deny: { word: "x" } })],
])("%s counts the calls in which its fields hold no text", (_, hook) => {
  hook.handle(contextFor({ messages: [{ role: "user", content: "x" }], number: 1 }));
  hook.handle(contextFor({ number: ["one"] }));
  expect(hook.figures()).toMatchObject({ withoutText: 1 });
});

it("redact cancels a text on which a pattern of its own takes too long", () => {
  const redact = new Redact({ detect: [], patterns: { ahead: "x(?:.*y)?" } });
  const text = "x".repeat(100);
  const clock = new VirtualClock();
  expect(redact.handle(contextFor({ text }, { clock }))).toMatchObject({ kind: "modify" });
  let calls = 0;
  const slow = Object.assign(new VirtualClock(), { now: () => 20 * calls++ });
  expect(redact.handle(contextFor({ text }, { clock: slow }))).toEqual({
    kind: "cancel",
    reason: 'The pattern "ahead" of the hook redact looked for matches for more than 1000 ms.',
  });
  expect(calls).toBeLessThan(60);
});
