import type { CallToolResult, ContentBlock } from "@modelcontextprotocol/sdk/types.js";
import { mcpErrors } from "./errors.ts";

/**
 * What a call gives: the structured content where the server sends one, else the content blocks as they are.
 *
 * @throws LLMSPELL_E_MCP_TOOL_FAILED with the server's text when the tool says that it failed
 */
export function outputOf({ isError, structuredContent, content }: CallToolResult, tool: string): unknown {
  if (isError !== true) return structuredContent ?? content;
  const text = content.map(textOf).join("\n") || "it gave no reason.";
  throw mcpErrors.LLMSPELL_E_MCP_TOOL_FAILED({ tool, text }, { cause: content });
}

function textOf(block: ContentBlock): string {
  return block.type === "text" ? block.text : `[${block.type}]`;
}
