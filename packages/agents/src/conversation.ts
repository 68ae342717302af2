import { messageOf } from "@llmspell/base";
import type { AssistantModelMessage, JSONValue, ModelMessage, ToolResultPart } from "ai";
import type { RequestedToolCall } from "./chat.ts";
import { agentErrors } from "./errors.ts";
import { ToolProblem } from "./tool-problem.ts";

const ROLES: ReadonlySet<unknown> = new Set(["system", "user", "assistant", "tool"]);

/**
 * The messages that hooks left. Parts that the AI SDK or the provider cannot take make the call fail.
 *
 * @throws LLMSPELL_E_AGENT_PATCH
 */
export function messagesFrom(value: unknown, point: string): readonly ModelMessage[] {
  if (isMessages(value)) return value;
  throw agentErrors.LLMSPELL_E_AGENT_PATCH({
    point,
    path: "messages",
    expected: "a list of messages, each with a role (system, user, assistant or tool) and content",
  });
}

/**
 * The answer's text that hooks left.
 *
 * @throws LLMSPELL_E_AGENT_PATCH
 */
export function textFrom(value: unknown, point: string): string {
  if (typeof value === "string") return value;
  throw agentErrors.LLMSPELL_E_AGENT_PATCH({ point, path: "text", expected: "a string" });
}

/** A value as a model, or a caller who wants a text, reads it: a string as it is, everything else as JSON. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/**
 * What the model is told of a call that was made.
 *
 * @throws ToolProblem when the output has no JSON
 */
export function resultPart(call: RequestedToolCall, output: unknown): ToolResultPart {
  const value: ToolResultPart["output"] =
    typeof output === "string" || output === undefined
      ? { type: "text", value: output ?? "" }
      : { type: "json", value: asJson(output) };
  return { type: "tool-result", toolCallId: call.id, toolName: call.pool, output: value };
}

function asJson(output: unknown): JSONValue {
  try {
    return JSON.parse(JSON.stringify(output));
  } catch (error) {
    throw new ToolProblem(`The tool's output cannot be written as JSON: ${messageOf(error)}`, { cause: error });
  }
}

/** What the model is told of a call that was not made, or failed. */
export function problemPart(call: RequestedToolCall, problem: string): ToolResultPart {
  const output = { type: "error-text", value: problem } as const;
  return { type: "tool-result", toolCallId: call.id, toolName: call.pool, output };
}

/** A reply's messages with `text` in place of what the model wrote; its tool calls and reasoning stay. */
export function withText(messages: readonly ModelMessage[], text: string): readonly ModelMessage[] {
  return messages.map((message) => (message.role === "assistant" ? rewritten(message, text) : message));
}

function rewritten(message: AssistantModelMessage, text: string): AssistantModelMessage {
  if (typeof message.content === "string") return { ...message, content: text };
  const others = message.content.filter((part) => part.type !== "text");
  return { ...message, content: text === "" ? others : [{ type: "text", text }, ...others] };
}

function isMessages(value: unknown): value is readonly ModelMessage[] {
  return Array.isArray(value) && value.length > 0 && value.every(isMessage);
}

function isMessage(value: unknown): value is ModelMessage {
  if (typeof value !== "object" || value === null || !("role" in value) || !("content" in value)) return false;
  return ROLES.has(value.role) && (typeof value.content === "string" || Array.isArray(value.content));
}
