import type { Result } from "@modelcontextprotocol/sdk/types.js";
import { mcpErrors } from "./errors.ts";

/** Which call a result answers. */
export interface AnsweredCall {
  /** How messages call the server. */
  readonly server: string;
  readonly tool: string;
}

/**
 * What a call gives: the structured content where the server sends one, else the content blocks as they are. Blocks are not
 * looked into, so that one of a kind that a later version of the protocol knows passes, too.
 *
 * @throws LLMSPELL_E_MCP_TOOL_FAILED with the server's text when the tool says that it failed, LLMSPELL_E_MCP_PROTOCOL when
 * the content is no list
 */
export function outputOf(
  { isError, structuredContent, content = [] }: Result,
  { server, tool }: AnsweredCall,
): unknown {
  if (!Array.isArray(content)) {
    const problem = `the content of its result is ${content === null ? "null" : typeof content}, not a list.`;
    throw mcpErrors.LLMSPELL_E_MCP_PROTOCOL({ server, problem }, { cause: content });
  }
  if (isError !== true) return structuredContent ?? content;
  const text = content.map(textOf).join("\n") || "it gave no reason.";
  throw mcpErrors.LLMSPELL_E_MCP_TOOL_FAILED({ tool, text }, { cause: content });
}

function textOf(block: unknown): string {
  const { type, text } = (block ?? {}) as { readonly type?: unknown; readonly text?: unknown };
  return typeof text === "string" ? text : `[${String(type)}]`;
}
