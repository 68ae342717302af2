import { defineErrors } from "@llmspell/base";

/** Every error of the tool `mcp`, by code. */
export const mcpErrors = defineErrors({
  LLMSPELL_E_MCP_OPTIONS: {
    message: ({ problem }: { problem: string }) => `An MCP tool cannot be made from these options: ${problem}`,
    hint: "Give `command` for a server that is started here, or `url` for one that runs already.",
    final: true,
  },
  LLMSPELL_E_MCP_CONNECT: {
    message: ({ server, problem }: { server: string; problem: string }) =>
      `The MCP server ${server} could not be connected: ${problem}`,
    hint: "Run the server by hand, or open its address, to see what it says; compare `command`, `args`, `env`, `url`, `headers`.",
  },
  LLMSPELL_E_MCP_TOOL_UNKNOWN: {
    message: ({ server, tool, tools }: { server: string; tool: string | undefined; tools: readonly string[] }) =>
      tool === undefined
        ? `The MCP server ${server} has no tool that can be called.`
        : `The MCP server ${server} has no tool "${tool}" that can be called; it has ${tools.join(", ") || "none"}.`,
    hint: "Correct `tool`, or leave it out to offer all of them. Tools that run only as tasks cannot be called.",
    final: true,
  },
  LLMSPELL_E_MCP_CLOSED: {
    message: ({ server, problem }: { server: string; problem: string }) =>
      `The connection to the MCP server ${server} ended during a call: ${problem}`,
    hint: "The pool connects again; the call is not repeated.",
  },
  LLMSPELL_E_MCP_PROTOCOL: {
    message: ({ server, problem }: { server: string; problem: string }) =>
      `The MCP server ${server} did not answer a call as it should: ${problem}`,
    hint: "Compare the call with what the server documents; the cause is what it answered.",
  },
  LLMSPELL_E_MCP_TOOL_FAILED: {
    message: ({ tool, text }: { tool: string; text: string }) => `The tool ${tool} failed: ${text}`,
    hint: "The text is the server's own; an agent's model can act on it.",
  },
});
