import { ToolExecutionPool } from "@llmspell/tools";
import type { Tool as ServerTool } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, it } from "vitest";
import { offerAll, offerOne, type ToolOffer } from "./tool-offer.ts";

const node = { type: "object", properties: { value: { type: "number" }, next: { $ref: "#/$defs/node" } } };
const list: ServerTool = {
  name: "list",
  title: "Sums a list",
  inputSchema: { type: "object", required: ["head"], properties: { head: { $ref: "#/$defs/node" } }, $defs: { node } },
};
const self: ServerTool = {
  name: "self",
  description: "Takes itself.",
  inputSchema: { type: "object", additionalProperties: false, properties: { self: { $ref: "#" } } },
  outputSchema: { type: "object" },
};
const task: ServerTool = { name: "task", inputSchema: { type: "object" }, execution: { taskSupport: "required" } };

/** A pool whose inputs are checked as the offer says, and that gives back what it would call. */
function poolOf(offer: ToolOffer, tools: readonly ServerTool[]) {
  const createInstance = async () => ({
    execute: async (input: unknown) => offer.callOf(input),
    [Symbol.asyncDispose]: async () => undefined,
  });
  const { outputSchema: _, ...description } = offer.describe("server", tools);
  const pool = new ToolExecutionPool({ pools: { mcp: { tool: { ...description, createInstance } } } });
  return { pool, call: (input: unknown) => pool.execute({ pool: "mcp", input }) };
}

describe("one tool", () => {
  it("is described by its title or its name where it has no description", () => {
    expect(offerOne("list", {}).describe("server", [list]).description).toBe("Sums a list");
    const bare: ServerTool = { name: "bare", description: "", inputSchema: { type: "object" } };
    expect(offerOne("bare", {}).describe("server", [bare]).description).toBe("bare");
  });

  it("keeps its schemas, but for what is required and given already", () => {
    const described = offerOne("list", { head: { value: 1 } }).describe("server", [list, self]);
    expect(described.inputSchema).toEqual({ ...list.inputSchema, required: [] });
    expect(offerOne("self", {}).describe("server", [self]).outputSchema).toEqual({ type: "object" });
  });

  it("merges what is given already under what a call gives", () => {
    const { callOf } = offerOne("list", { a: 1, b: 1 });
    expect(callOf({ b: 2, c: 2 })).toEqual({ name: "list", arguments: { a: 1, b: 2, c: 2 } });
    expect(callOf({})).toEqual({ name: "list", arguments: { a: 1, b: 1 } });
  });

  it("that is not there is an error that lists what can be called", () => {
    const describeIt = () => offerOne("lisp", {}).describe("server", [list, self, task]);
    expect(describeIt).toThrow('The MCP server server has no tool "lisp" that can be called; it has list, self.');
    expect(() => offerOne("x", {}).describe("server", [])).toThrow("it has none.");
  });
});

describe("all tools", () => {
  it("are listed in the description, without those that run only as tasks", () => {
    const { description } = offerAll().describe("server", [list, self, task]);
    expect(description).toBe("Calls one of these tools:\n- list: Sums a list\n- self: Takes itself.");
    expect(() => offerAll().describe("server", [task])).toThrow("has no tool that can be called");
  });

  it("take what one of their schemas takes, also where these refer to themselves", async () => {
    const { pool, call } = poolOf(offerAll(), [list, self]);
    await using _pool = pool;
    const chain = { head: { value: 1, next: { value: 2, next: { value: 3 } } } };
    expect(await call({ tool: "list", arguments: chain })).toEqual({ name: "list", arguments: chain });
    expect(await call({ tool: "self", arguments: { self: { self: {} } } })).toMatchObject({ name: "self" });
    for (const input of [
      { tool: "list", arguments: { head: { value: 1, next: { value: "2" } } } },
      { tool: "self", arguments: { self: { other: 1 } } },
      { tool: "third", arguments: chain },
      { tool: "list", arguments: chain, more: 1 },
    ]) {
      await expect(call(input)).rejects.toMatchObject({ code: "LLMSPELL_E_TOOL_INPUT" });
    }
  });

  it("are read as draft 2020-12 when one of them is", () => {
    const $schema = "https://json-schema.org/draft/2020-12/schema";
    const modern: ServerTool = { name: "modern", inputSchema: { $schema, type: "object" } };
    expect(offerAll().describe("server", [list, modern]).inputSchema["$schema"]).toBe($schema);
    expect(offerAll().describe("server", [list]).inputSchema).not.toHaveProperty("$schema");
  });
});
