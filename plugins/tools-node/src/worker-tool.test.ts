import { threadId } from "node:worker_threads";
import { VirtualClock } from "@llmspell/testkit";
import { ToolExecutionPool } from "@llmspell/tools";
import { describe, expect, it } from "vitest";
import type { WorkerToolOptions } from "./generated/options.ts";
import { WorkerTool } from "./worker-tool.ts";

const module = new URL("../test/obedient-tool.ts", import.meta.url).href;

async function startPool(options: Partial<WorkerToolOptions> = {}, clock = new VirtualClock()) {
  const tool = new WorkerTool({ module, ...options }, { clock });
  const tools = new ToolExecutionPool({ pools: { worker: { tool, size: { min: 1, max: 1 } } } }, { clock });
  await tools.start();
  const order = (what: string, options = {}) => tools.execute({ pool: "worker", input: { do: what } }, options);
  return { tools, order, clock };
}

function coded(code: string) {
  return expect.objectContaining({ code });
}

describe("WorkerTool", () => {
  it("takes its description from the module and runs it in another thread, loaded once", async () => {
    const { tools, order } = await startPool();
    expect(tools.describe("worker")).toMatchObject({
      description: "Does what it is told.",
      inputSchema: { type: "object", required: ["do"] },
    });
    expect(await order("echo")).toEqual({ do: "echo" });
    expect(await order("count_loads")).toBe(1);
    expect(await order("thread")).not.toBe(threadId);
    expect(tools.stats()["worker"]).toMatchObject({ created: 1, out: 3 });
    await tools.stop();
  });

  it("carries an error over with its name, message and code", async () => {
    const { tools, order } = await startPool();
    await expect(order("throw")).rejects.toMatchObject({
      name: "RangeError",
      message: "out of cheese",
      code: "E_CHEESE",
    });
    await tools.stop();
  });

  it("loses one call to a crash, and serves the next with a new thread", async () => {
    const { tools, order } = await startPool();
    const before = await order("thread");
    await expect(order("exit")).rejects.toEqual(coded("LLMSPELL_E_TOOL_WORKER_EXIT"));
    expect(await order("thread")).not.toBe(before);
    expect(tools.stats()["worker"]).toMatchObject({ failed: 1, out: 2, retired: 1, created: 2 });
    await tools.stop();
  });

  it("lets a call that heeds its signal end, and keeps the thread", async () => {
    const { tools, order, clock } = await startPool();
    const before = await order("thread");
    const waiting = expect(order("wait", { timeout: "5s" })).rejects.toEqual(coded("LLMSPELL_E_TOOL_TIMEOUT"));
    await clock.advance(5000);
    await waiting;
    expect(await order("thread")).toBe(before);
    await tools.stop();
  });

  it("terminates a thread that hangs past its grace", async () => {
    const { tools, order, clock } = await startPool({ abortGrace: "2s" });
    const before = await order("thread");
    const computing = expect(order("compute", { timeout: "5s" })).rejects.toEqual(coded("LLMSPELL_E_TOOL_TIMEOUT"));
    await clock.advance(5000);
    await computing;
    const next = order("thread");
    await clock.advance(0);
    expect(tools.stats()["worker"]).toMatchObject({ busy: 1, waiting: 1 });
    await clock.advance(2000);
    expect(await next).not.toBe(before);
    await tools.stop();
  });

  it("hands over what the tool transfers, and says what cannot be handed over", async () => {
    const { tools, order } = await startPool();
    expect(await order("buffer")).toEqual(new ArrayBuffer(8));
    await expect(order("closure")).rejects.toMatchObject({ name: "DataCloneError" });
    expect(await order("echo")).toEqual({ do: "echo" });
    await tools.stop();
  });

  it("stops while a thread computes", async () => {
    const { tools, order, clock } = await startPool();
    const computing = expect(order("compute")).rejects.toEqual(coded("LLMSPELL_E_POOL_CLOSED"));
    await clock.advance(0);
    await tools.stop();
    await computing;
  });

  it("says what a module lacks to be a tool", async () => {
    for (const [file, problem] of [
      ["no-function.ts", 'its export "default" is not a function; it exports description.'],
      ["no-description.ts", 'neither it nor the tool\'s options give "description".'],
      ["not-there.ts", "Cannot find module"],
    ] as const) {
      const tool = new WorkerTool({ module: new URL(`../test/${file}`, import.meta.url).href });
      await expect(tool.prepare({ signal: new AbortController().signal })).rejects.toMatchObject({
        code: "LLMSPELL_E_TOOL_MODULE",
        message: expect.stringContaining(problem),
      });
    }
  });
});
