import { cancel, HookManager, modify, replace } from "@llmspell/hooks";
import type { ExecuteOptions, ToolRequest } from "@llmspell/tools";
import { describe, expect, it } from "vitest";
import { callTool } from "./call-tool.ts";

class Echo {
  readonly requests: ToolRequest[] = [];
  readonly options: ExecuteOptions[] = [];

  async execute(request: ToolRequest, options: ExecuteOptions = {}): Promise<unknown> {
    this.requests.push(request);
    this.options.push(options);
    return { echo: request.input };
  }
}

const request = { pool: "echo", input: { text: "hello" } };

describe("a tool call", () => {
  it("goes to the pool, with the caller's options", async () => {
    const tools = new Echo();
    const options = { timeout: "1s", priority: "high", signal: new AbortController().signal } as const;
    expect(await callTool(request, { tools }, options)).toEqual({ echo: { text: "hello" } });
    expect(await callTool(request, { tools, hooks: new HookManager() }, options)).toEqual({ echo: { text: "hello" } });
    expect(tools.requests).toEqual([request, request]);
    expect(tools.options).toEqual([options, options]);
  });

  it("shows hooks what goes in and what comes out, as the hooks before left it", async () => {
    const hooks = new HookManager();
    const seen: unknown[] = [];
    hooks.register("before_tool_call", { id: "shout", handler: () => modify({ input: { text: "HELLO" } }) });
    hooks.register("after_tool_call", {
      id: "look",
      handler: ({ input, data }) => {
        seen.push({ input, data });
        return modify({ output: { seen: true } });
      },
    });
    const tools = new Echo();
    expect(await callTool(request, { tools, hooks })).toEqual({ echo: { text: "HELLO" }, seen: true });
    expect(tools.requests).toEqual([{ pool: "echo", input: { text: "HELLO" } }]);
    const output = { echo: { text: "HELLO" } };
    expect(seen).toEqual([{ input: { text: "hello" }, data: { pool: "echo", input: { text: "HELLO" }, output } }]);
  });

  it("is not made when a hook gives the output, and no second point runs", async () => {
    const hooks = new HookManager();
    hooks.register("before_tool_call", { id: "cache", handler: () => replace("cached") });
    hooks.register("after_tool_call", { id: "never", handler: () => replace("wrong") });
    const tools = new Echo();
    expect(await callTool(request, { tools, hooks })).toBe("cached");
    expect(tools.requests).toEqual([]);
  });

  it("gives the output that a hook puts in place of the tool's", async () => {
    const hooks = new HookManager();
    hooks.register("after_tool_call", { id: "mask", handler: () => replace("masked") });
    expect(await callTool(request, { tools: new Echo(), hooks })).toBe("masked");
  });

  it.each([
    ["before_tool_call", 0],
    ["after_tool_call", 1],
  ])("is cancelled by a hook at %s", async (point, made) => {
    const hooks = new HookManager();
    hooks.register(point, { id: "guard", handler: () => cancel("not for you") });
    const tools = new Echo();
    await expect(callTool(request, { tools, hooks })).rejects.toMatchObject({
      code: "LLMSPELL_E_AGENT_CANCELLED",
      cancellation: { point, hook: "guard", reason: "not for you" },
    });
    expect(tools.requests).toHaveLength(made);
  });
});
