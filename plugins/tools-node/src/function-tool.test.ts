import { ToolExecutionPool, type ToolProgress } from "@llmspell/tools";
import { describe, expect, it } from "vitest";
import { FunctionTool } from "./function-tool.ts";

const module = new URL("../test/obedient-tool.ts", import.meta.url).href;

describe("FunctionTool", () => {
  it("calls the module's function, and says what the module says of itself", async () => {
    await using tools = new ToolExecutionPool({ pools: { obey: { tool: new FunctionTool({ module }) } } });
    await tools.start();
    expect(tools.describe("obey")).toMatchObject({ name: "obey", description: "Does what it is told." });
    expect(await tools.execute({ pool: "obey", input: { do: "echo" } })).toEqual({ do: "echo" });
    await expect(tools.execute({ pool: "obey", input: {} })).rejects.toMatchObject({ code: "LLMSPELL_E_TOOL_INPUT" });
    await expect(tools.execute({ pool: "obey", input: { do: "throw" } })).rejects.toThrow("out of cheese");
  });

  it("calls another export, and lets the options describe it", async () => {
    const tool = new FunctionTool({ module, export: "shout", description: "Shouts.", inputSchema: { type: "object" } });
    await using tools = new ToolExecutionPool({ pools: { shout: { tool } } });
    await tools.start();
    expect(tools.describe("shout").description).toBe("Shouts.");
    expect(await tools.execute({ pool: "shout", input: { text: "hello" } })).toBe("HELLO");
  });

  it("offers the module's warm-ups, hands its progress on, and has no memory of its own", async () => {
    const tool = new FunctionTool({ module });
    await tool.prepare();
    const signal = new AbortController().signal;
    const instance = await tool.createInstance({ signal });
    const { warmUps = {}, memory } = instance;
    expect(memory).toBe(undefined);
    expect(Object.keys(warmUps)).toEqual(["load_model", "establish_connections", "initialize_tokenizer"]);
    const before = Number(await instance.execute({ do: "count_warm_ups" }, { signal }));
    await warmUps["load_model"]?.({ signal });
    expect(await instance.execute({ do: "count_warm_ups" }, { signal })).toBe(before + 1);
    await expect(warmUps["initialize_tokenizer"]?.({ signal })).rejects.toThrow("no vocabulary");
    const reason = new Error("no time");
    await expect(warmUps["load_model"]?.({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

    const heard: number[] = [];
    const onProgress = ({ progress }: ToolProgress) => void heard.push(progress);
    expect(await instance.execute({ do: "report" }, { signal, onProgress })).toBe("reported");
    expect(heard).toEqual([1, 2]);
    expect(await instance.execute({ do: "report" }, { signal })).toBe("reported");
  });

  it("fails the pool's start when the module is not a tool", async () => {
    const tool = new FunctionTool({ module: new URL("../test/no-function.ts", import.meta.url).href });
    await using tools = new ToolExecutionPool({ pools: { broken: { tool } } });
    await expect(tools.start()).rejects.toMatchObject({
      code: "LLMSPELL_E_POOL_CREATION",
      cause: expect.objectContaining({ code: "LLMSPELL_E_TOOL_MODULE" }),
    });
  });
});
