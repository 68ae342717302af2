import { expect, it } from "vitest";
import { FakeTool } from "../test/fake-tool.ts";
import type { ToolPoolOptions } from "./pool-options.ts";
import { ToolExecutionPool } from "./tool-execution-pool.ts";

const problemsOf = (pool: Partial<ToolPoolOptions>) => () =>
  new ToolExecutionPool({ pools: { search: { tool: new FakeTool(), ...pool } } });

it.each<[string, Partial<ToolPoolOptions>, string, string]>([
  ["bounds that cross", { size: { min: 5, max: 2 } }, "LLMSPELL_E_POOL_OPTIONS", "size.min 5 is above size.max 2"],
  ["a name that nothing creates", { tool: "mcp" }, "LLMSPELL_E_POOL_OPTIONS", 'nothing creates the tool "mcp"'],
  ["a policy's name", { scaling: { use: "adaptive" } }, "LLMSPELL_E_POOL_OPTIONS", 'the scaling-policy "adaptive"'],
  ["a time without its unit", { acquireTimeout: "5" }, "LLMSPELL_E_DURATION", '"5"'],
  [
    "a schema that is none",
    { tool: Object.assign(new FakeTool(), { inputSchema: { type: "text" } }) },
    "LLMSPELL_E_TOOL_SCHEMA",
    "input schema",
  ],
])("refuses %s", (_, pool, code, message) => {
  expect(problemsOf(pool)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
});

it("raises the default maximum to a minimum above it", async () => {
  await using tools = new ToolExecutionPool({ pools: { search: { tool: new FakeTool(), size: { min: 6 } } } });
  await tools.start();
  expect(tools.stats()["search"]).toMatchObject({ instances: 6 });
});
