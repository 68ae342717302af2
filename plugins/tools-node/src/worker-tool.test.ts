import { threadId } from "node:worker_threads";
import type { LoadBalancer } from "@llmspell/resilience";
import { VirtualClock } from "@llmspell/testkit";
import { ToolExecutionPool } from "@llmspell/tools";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WorkerToolOptions } from "./generated/options.ts";
import { transferable } from "./transferable.ts";
import { WorkerTool } from "./worker-tool.ts";

const module = new URL("../test/obedient-tool.ts", import.meta.url).href;

async function startPool(options: Partial<WorkerToolOptions> = {}, clock = new VirtualClock()) {
  const tool = new WorkerTool({ module, ...options }, { clock });
  const tools = new ToolExecutionPool({ pools: { worker: { tool, size: { min: 1, max: 1 } } } }, { clock });
  await tools.start();
  const order = (what: string, options = {}) => tools.execute({ pool: "worker", input: { do: what } }, options);
  return { tools, order, clock };
}

const never = () => new AbortController().signal;

/** Fills one instance before it goes to the next, so that a test knows who shares a thread. */
const fillFirst: LoadBalancer = { pick: () => 0 };

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

  it("hears what a thread answered before it ended", async () => {
    const thread = await new WorkerTool({ module }).createInstance({ signal: never() });
    const [answered, lost] = await Promise.allSettled([
      thread.execute({ do: "echo" }, { signal: never() }),
      thread.execute({ do: "exit" }, { signal: never() }),
    ]);
    expect(answered).toEqual({ status: "fulfilled", value: { do: "echo" } });
    expect(lost).toEqual({ status: "rejected", reason: coded("LLMSPELL_E_TOOL_WORKER_EXIT") });
    expect(thread.isBroken).toBe(true);
    await expect(thread.execute({ do: "echo" }, { signal: never() })).rejects.toEqual(
      coded("LLMSPELL_E_TOOL_WORKER_EXIT"),
    );
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

  it("moves the marked buffers of an input to the thread, and leaves it those of a call that never went", async () => {
    const { tools, order } = await startPool();
    const copied = new ArrayBuffer(16);
    expect(await tools.execute({ pool: "worker", input: { do: "length", buffer: copied } })).toBe(16);
    expect(copied.byteLength).toBe(16);

    const moved = new ArrayBuffer(16);
    const input = transferable({ do: "length", buffer: moved }, [moved]);
    await expect(
      tools.execute({ pool: "worker", input }, { signal: AbortSignal.abort(new Error("given up")) }),
    ).rejects.toThrow("given up");
    expect(moved.detached).toBe(false);
    expect(await tools.execute({ pool: "worker", input })).toBe(16);
    expect(moved.detached).toBe(true);
    await expect(tools.execute({ pool: "worker", input })).rejects.toMatchObject({ name: "DataCloneError" });
    expect(await order("echo")).toEqual({ do: "echo" });
    await tools.stop();
  });

  it("ends a thread that reaches its heap's limit: its calls fail, its neighbour goes on", async () => {
    const tool = new WorkerTool({ module, resourceLimits: { heap: "16MiB", youngHeap: "4MiB" } });
    await using tools = new ToolExecutionPool({
      pools: { worker: { tool, size: { min: 2, max: 2 }, concurrency: 2, balancer: fillFirst } },
    });
    await tools.start();
    const order = (what: string) => tools.execute({ pool: "worker", input: { do: what } });
    const lost = [order("ignore_signal"), order("hoard")];
    const neighbour = order("throw_later");
    const outcomes = await Promise.allSettled([...lost, neighbour]);
    expect(outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason)).toEqual([
      coded("LLMSPELL_E_TOOL_WORKER_MEMORY"),
      coded("LLMSPELL_E_TOOL_WORKER_MEMORY"),
      expect.objectContaining({ message: "out of crackers" }),
    ]);
    expect(await order("echo")).toEqual({ do: "echo" });
    expect(tools.stats()["worker"]).toMatchObject({ failed: 3, out: 1, retired: 1 });
  }, 60_000);

  it("carries progress over, also where the function is not asked to report it", async () => {
    const { tools } = await startPool();
    await using lease = await tools.acquire("worker");
    const heard: unknown[] = [];
    const onProgress = (progress: unknown) => void heard.push(progress);
    expect(await lease.instance.execute({ do: "report" }, { signal: never(), onProgress })).toBe("reported");
    expect(heard).toEqual([{ progress: 1, total: 2, message: "half" }, { progress: 2 }]);
    expect(await lease.instance.execute({ do: "report" }, { signal: never() })).toBe("reported");
    const refuse = () => {
      throw new Error("will not listen");
    };
    await expect(lease.instance.execute({ do: "report" }, { signal: never(), onProgress: refuse })).rejects.toThrow(
      "will not listen",
    );
    lease.release();
    await tools.stop();
  });

  it("runs the module's warm-ups in the thread, by name", async () => {
    const { tools } = await startPool();
    await using lease = await tools.acquire("worker");
    const { warmUps = {} } = lease.instance;
    expect(Object.keys(warmUps)).toEqual(["load_model", "establish_connections", "initialize_tokenizer"]);
    await warmUps["load_model"]?.({ signal: never() });
    expect(await lease.instance.execute({ do: "count_warm_ups" }, { signal: never() })).toBe(1);
    await expect(warmUps["initialize_tokenizer"]?.({ signal: never() })).rejects.toMatchObject({
      name: "RangeError",
      message: "no vocabulary",
    });
    const controller = new AbortController();
    const connecting = warmUps["establish_connections"]?.({ signal: controller.signal });
    controller.abort(new Error("no time"));
    await expect(connecting).rejects.toThrow("no time");
    lease.release();
    await tools.stop();
  });

  it("knows a thread's memory, also while it computes, until it ends", async () => {
    const { tools, clock } = await startPool({ abortGrace: "1s" });
    const lease = await tools.acquire("worker");
    const { instance } = lease;
    const idle = await instance.memory?.(never());
    expect(idle).toBeGreaterThan(2 ** 20);
    const controller = new AbortController();
    const computing = instance.execute({ do: "compute" }, { signal: controller.signal });
    expect(await instance.memory?.(never())).toBeGreaterThan(2 ** 20);
    controller.abort(new Error("enough"));
    await clock.advance(1000);
    await expect(computing).rejects.toThrow("enough");
    expect(instance.isBroken).toBe(true);
    await expect(instance.memory?.(never())).rejects.toEqual(coded("LLMSPELL_E_TOOL_WORKER_EXIT"));
    lease.release();
    await tools.stop();
  });

  it("lets the others of a thread go on when one call among them cannot be sent or answered", async () => {
    const tool = new WorkerTool({ module });
    await using tools = new ToolExecutionPool({
      pools: { worker: { tool, size: { min: 1, max: 1 }, concurrency: 8 } },
    });
    await tools.start();
    const execute = (input: object) => tools.execute({ pool: "worker", input });
    const shared = new ArrayBuffer(4);
    const outcomes = await Promise.allSettled([
      execute({ do: "echo", number: 1 }),
      execute({ do: "echo", closure: () => undefined }),
      execute({ do: "closure" }),
      execute(transferable({ do: "length", buffer: shared }, [shared])),
      execute(transferable({ do: "length", buffer: shared }, [shared])),
      execute({ do: "throw" }),
      execute({ do: "echo", number: 2 }),
    ]);
    const refused = { status: "rejected", reason: expect.objectContaining({ name: "DataCloneError" }) };
    expect(outcomes).toEqual([
      { status: "fulfilled", value: { do: "echo", number: 1 } },
      refused,
      refused,
      { status: "fulfilled", value: 4 },
      refused,
      { status: "rejected", reason: coded("E_CHEESE") },
      { status: "fulfilled", value: { do: "echo", number: 2 } },
    ]);
    expect(tools.stats()["worker"]).toMatchObject({ created: 1, retired: 0 });
  });

  it("settles each call of any mixture by itself", async () => {
    const thread = await new WorkerTool({ module }).createInstance({ signal: never() });
    const reason = new Error("given up");
    const refused = expect.objectContaining({ name: "DataCloneError" });
    const calls: Readonly<Record<string, (number: number) => readonly [call: Promise<unknown>, expected: unknown]>> = {
      answered: (number) => [thread.execute({ do: "echo", number }, { signal: never() }), { do: "echo", number }],
      later: () => [thread.execute({ do: "throw_later" }, { signal: never() }), coded("E_CRACKERS")],
      failed: () => [thread.execute({ do: "throw" }, { signal: never() }), coded("E_CHEESE")],
      unsendable: () => [thread.execute({ do: "echo", closure: () => 0 }, { signal: never() }), refused],
      unanswerable: () => [thread.execute({ do: "closure" }, { signal: never() }), refused],
      moved: () => {
        const buffer = new ArrayBuffer(8);
        return [thread.execute(transferable({ do: "length", buffer }, [buffer]), { signal: never() }), 8];
      },
      aborted: () => {
        const controller = new AbortController();
        const call = thread.execute({ do: "wait" }, { signal: controller.signal });
        controller.abort(reason);
        return [call, reason];
      },
    };
    const mixture = fc.array(fc.constantFrom(...Object.keys(calls)), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(mixture, async (names) => {
        const made = names.map((name, number) => calls[name]?.(number) ?? []);
        const outcomes = await Promise.allSettled(made.map(([call]) => call));
        const settled = outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : outcome.reason));
        expect(settled).toEqual(made.map(([, expected]) => expected));
      }),
      { numRuns: 50 },
    );
    await thread[Symbol.asyncDispose]();
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
      ["no-warm-up.ts", 'its export "warmUps" has no function under "load_model".'],
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
