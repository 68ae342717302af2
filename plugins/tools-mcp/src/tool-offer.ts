import type { JsonSchema, ToolDescription } from "@llmspell/tools";
import type { Tool as ServerTool } from "@modelcontextprotocol/sdk/types.js";
import { mcpErrors } from "./errors.ts";

/** What `tools/call` takes. */
export interface ServerCall extends Record<string, unknown> {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

/** What a pool offers of a server: one of its tools, or all. */
export interface ToolOffer {
  /**
   * What callers are told.
   *
   * @param server how messages call the server
   * @throws LLMSPELL_E_MCP_TOOL_UNKNOWN when the server does not have what is offered
   */
  describe(server: string, tools: readonly ServerTool[]): ToolDescription;
  /** Which tool an input that fits the schema calls, and with what. */
  callOf(input: unknown): ServerCall;
}

const DRAFT_2020 = "https://json-schema.org/draft/2020-12/schema";

/**
 * One tool under its own schema.
 *
 * @param fixed arguments of every call; what they give, a call need not
 */
export function offerOne(name: string, fixed: Readonly<Record<string, unknown>>): ToolOffer {
  return {
    describe(server, tools) {
      const callable = tools.filter(isCallable);
      const tool = callable.find((each) => each.name === name);
      if (tool === undefined) {
        const names = callable.map((each) => each.name);
        throw mcpErrors.LLMSPELL_E_MCP_TOOL_UNKNOWN({ server, tool: name, tools: names });
      }
      const { required = [] } = tool.inputSchema;
      const open = required.filter((key) => !Object.hasOwn(fixed, key));
      const inputSchema: JsonSchema = { ...tool.inputSchema, required: open };
      return { description: describeTool(tool), inputSchema, outputSchema: tool.outputSchema };
    },
    callOf: (input) => ({ name, arguments: { ...fixed, ...(input as Record<string, unknown>) } }),
  };
}

/**
 * All tools of a server behind one schema, `{ tool, arguments }`.
 *
 * The alternatives stand below `arguments` and not at the top, where the APIs of large providers refuse `oneOf` and
 * `anyOf`. So the schema does not tie a tool to its arguments; the server does.
 */
export function offerAll(): ToolOffer {
  return {
    describe(server, tools) {
      const callable = tools.filter(isCallable);
      if (callable.length === 0) {
        throw mcpErrors.LLMSPELL_E_MCP_TOOL_UNKNOWN({ server, tool: undefined, tools: [] });
      }
      const list = callable.map((tool) => `- ${tool.name}: ${describeTool(tool)}`);
      return {
        description: `Calls one of these tools:\n${list.join("\n")}`,
        inputSchema: schemaOfAll(callable),
      };
    },
    callOf(input) {
      const { tool, arguments: given = {} } = input as { tool: string; arguments?: Record<string, unknown> };
      return { name: tool, arguments: given };
    },
  };
}

function schemaOfAll(tools: readonly ServerTool[]): JsonSchema {
  const usesDraft2020 = tools.some(({ inputSchema }) => String(inputSchema["$schema"]).includes("2020-12"));
  return {
    ...(usesDraft2020 && { $schema: DRAFT_2020 }),
    type: "object",
    required: ["tool", "arguments"],
    additionalProperties: false,
    properties: {
      tool: { type: "string", enum: tools.map(({ name }) => name), description: "The tool to call." },
      arguments: {
        description: "What the tool takes: the alternative whose title is the tool's name.",
        anyOf: tools.map(({ name, inputSchema: { $schema: _, ...schema } }, index) => {
          return { ...rebased(schema, `#/properties/arguments/anyOf/${index}`), title: name };
        }),
      },
    },
  };
}

/** A tool that runs only as a task (an experimental part of the protocol) answers no plain call. */
function isCallable({ execution }: ServerTool): boolean {
  return execution?.taskSupport !== "required";
}

function describeTool({ name, title, description }: ServerTool): string {
  return description || title || name;
}

/** A schema that stands within another: its references into itself begin where it stands. */
function rebased(schema: JsonSchema, pointer: string): JsonSchema {
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, rebasedValue(key, value, pointer)]));
}

function rebasedValue(key: string, value: unknown, pointer: string): unknown {
  if (Array.isArray(value)) return value.map((item) => rebasedValue("", item, pointer));
  if (typeof value === "object" && value !== null) return rebased(value as JsonSchema, pointer);
  const isOwnReference = key === "$ref" && typeof value === "string" && /^#(\/|$)/.test(value);
  return isOwnReference ? pointer + value.slice(1) : value;
}
