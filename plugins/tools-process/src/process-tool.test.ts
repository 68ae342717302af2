import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import type { Log } from "@llmspell/base";
import { VirtualClock } from "@llmspell/testkit";
import { ToolExecutionPool } from "@llmspell/tools";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ProcessToolOptions } from "./generated/options.ts";
import { ProcessTool } from "./process-tool.ts";

const program = fileURLToPath(new URL("../test/obedient-process.mjs", import.meta.url));
const never = () => new AbortController().signal;
const coded = (code: string, message = "") =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });

interface Setting extends Partial<ProcessToolOptions> {
  readonly concurrency?: number;
}

async function startPool({ concurrency = 1, args = [], ...options }: Setting = {}) {
  const debugged: string[] = [];
  const silent = () => undefined;
  const log: Log = { debug: (message) => void debugged.push(message), info: silent, warn: silent, error: silent };
  const tool = new ProcessTool({ command: process.execPath, args: [program, ...args], ...options }, { log });
  const tools = new ToolExecutionPool({ pools: { obey: { tool, size: { min: 1, max: 1 }, concurrency } } });
  onTestFinished(() => tools.stop());
  await tools.start();
  const order = (what: string, more: object = {}, options = {}) =>
    tools.execute({ pool: "obey", input: { do: what, ...more } }, options);
  return { tools, order, debugged };
}

/** An instance outside a pool, to be called with a context of the test's own. */
async function startInstance(options: Partial<ProcessToolOptions> = {}) {
  const tool = new ProcessTool({ command: process.execPath, args: [program], ...options });
  await tool.prepare({ signal: never() });
  const instance = await tool.createInstance({ signal: never() });
  onTestFinished(() => instance[Symbol.asyncDispose]());
  return instance;
}

describe("ProcessTool", () => {
  it("takes its description from the program, and calls it in the process that gave it", async () => {
    const { tools, order } = await startPool();
    expect(tools.describe("obey")).toMatchObject({
      description: "Does what it is told.",
      inputSchema: { type: "object", required: ["do"] },
    });
    expect(await order("echo", { text: "žluťoučký\n🐎" })).toEqual({ do: "echo", text: "žluťoučký\n🐎" });
    expect(await order("pid")).not.toBe(process.pid);
    expect(await order("nothing")).toBe(null);
    expect(tools.stats()["obey"]).toMatchObject({ created: 1, out: 3 });
  });

  it("lets the options describe it, and then asks nobody", async () => {
    const said = { description: "Obeys.", inputSchema: { type: "object" } };
    const tool = new ProcessTool({ command: "no-such-program", ...said });
    await tool.prepare({ signal: never() });
    expect(tool).toMatchObject(said);
    await expect(tool.createInstance({ signal: never() })).rejects.toEqual(
      coded("LLMSPELL_E_TOOL_PROCESS_START", "no-such-program could not be started: spawn no-such-program ENOENT"),
    );
  });

  it("says that what it is given cannot be started at all", async () => {
    const tool = new ProcessTool({ command: "sh", args: ["a\0b"], description: "x", inputSchema: {} });
    await expect(tool.createInstance({ signal: never() })).rejects.toEqual(
      coded("LLMSPELL_E_TOOL_PROCESS_START", "must be a string without null bytes"),
    );
  });

  it("says what a program lacks to describe itself", async () => {
    const silent = `process.stdin.on("data", (line) => process.stdout.write(JSON.stringify({ id: JSON.parse(line).id, ANSWER }) + "\\n"))`;
    const cases: [answer: string, problem: string][] = [
      [`error: { code: -32601, message: "unknown" }`, 'answered "describe" with the error -32601: unknown'],
      [`result: []`, "its answer to `describe` is not an object."],
      [`result: { description: "x" }`, 'neither its answer to `describe` nor the tool\'s options give "inputSchema".'],
      [`result: { description: 1, inputSchema: {} }`, '"description" in its answer to `describe` is not a string.'],
      [
        `result: { description: "x", inputSchema: 1 }`,
        '"inputSchema" in its answer to `describe` is not a JSON Schema',
      ],
      [`result: { description: "x", inputSchema: {}, warmUps: [1] }`, "is not a list of names"],
    ];
    for (const [answer, problem] of cases) {
      const tool = new ProcessTool({ command: process.execPath, args: ["-e", silent.replace("ANSWER", answer)] });
      await expect(tool.prepare({ signal: never() })).rejects.toEqual(
        coded("LLMSPELL_E_TOOL_PROCESS_DESCRIPTION", problem),
      );
    }
  });

  it("gives the program a minimal environment, what it is told to, and a directory", async () => {
    process.env["LLMSPELL_TEST_SECRET"] = "hush";
    onTestFinished(() => void delete process.env["LLMSPELL_TEST_SECRET"]);
    const { order } = await startPool({ env: { GIVEN: "yes", LANG: "xx" }, cwd: realpathSync(tmpdir()) });
    expect(await order("env", { name: "LLMSPELL_TEST_SECRET" })).toBe(null);
    expect(await order("env", { name: "GIVEN" })).toBe("yes");
    expect(await order("env", { name: "LANG" })).toBe("xx");
    expect(await order("env", { name: "PATH" })).toBe(process.env["PATH"]);
    expect(await order("cwd")).toBe(realpathSync(tmpdir()));
  });

  it("carries over what the program fails with", async () => {
    const { order } = await startPool();
    await expect(order("throw")).rejects.toEqual(
      coded("LLMSPELL_E_TOOL_PROCESS_ANSWER", 'answered "execute" with the error -32001: out of cheese'),
    );
    await expect(order("echo", { big: 1n })).rejects.toEqual(coded("LLMSPELL_E_TOOL_PROCESS_INPUT", "BigInt"));
    expect(await order("echo")).toEqual({ do: "echo" });
  });

  it("calls another method, and says so when the program does not know it", async () => {
    const { order } = await startPool({ method: "run" });
    await expect(order("echo")).rejects.toEqual(
      coded("LLMSPELL_E_TOOL_PROCESS_ANSWER", 'answered "run" with the error -32601'),
    );
  });

  it("cancels a call that is given up, and keeps the process", async () => {
    const instance = await startInstance();
    const pid = await instance.execute({ do: "pid" }, { signal: never() });
    const controller = new AbortController();
    const waiting = instance.execute({ do: "wait" }, { signal: controller.signal });
    const reason = new Error("given up");
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(await instance.execute({ do: "pid" }, { signal: never() })).toBe(pid);
  });

  it("ends a process whose call does not end when it is given up, with the calls beside it", async () => {
    const instance = await startInstance({ abortGrace: "20ms" });
    const controller = new AbortController();
    const ignoring = instance.execute({ do: "ignore_cancel" }, { signal: controller.signal });
    const beside = instance.execute({ do: "wait" }, { signal: never() });
    controller.abort(new Error("given up"));
    const settled = await Promise.allSettled([ignoring, beside]);
    expect(settled.map((each) => each.status === "rejected" && each.reason)).toEqual([
      expect.objectContaining({ message: "given up" }),
      coded("LLMSPELL_E_TOOL_PROCESS_EXIT", "signal SIGTERM: a call that was given up did not end within 20 ms."),
    ]);
    expect(instance.isBroken).toBe(true);
    await expect(instance.execute({ do: "echo" }, { signal: never() })).rejects.toEqual(
      coded("LLMSPELL_E_TOOL_PROCESS_EXIT"),
    );
  });

  it("hands progress on to who listens, and a listener that throws gives its call up", async () => {
    const instance = await startInstance();
    const heard: unknown[] = [];
    const onProgress = (progress: unknown) => void heard.push(progress);
    expect(await instance.execute({ do: "report" }, { signal: never(), onProgress })).toBe("reported");
    expect(heard).toEqual([{ progress: 1, total: 2, message: "half" }, { progress: 2 }]);
    expect(await instance.execute({ do: "report" }, { signal: never() })).toBe("reported");
    expect(heard.length).toBe(2);
    const refuse = () => {
      throw new Error("will not listen");
    };
    await expect(instance.execute({ do: "report" }, { signal: never(), onProgress: refuse })).rejects.toThrow(
      "will not listen",
    );
  });

  it("reads a flood of notifications in order", async () => {
    const instance = await startInstance();
    const heard: number[] = [];
    const onProgress = ({ progress }: { progress: number }) => void heard.push(progress);
    expect(await instance.execute({ do: "flood" }, { signal: never(), onProgress })).toBe("flooded");
    expect(heard).toEqual(Array.from({ length: 5000 }, (_, index) => index + 1));
  });

  it("is not confused by answers that nobody asked for, by requests and by cancellations", async () => {
    const { order } = await startPool();
    expect(await order("babble")).toBe("babbled");
    expect(await order("babble")).toBe("babbled");
    expect(await order("echo")).toEqual({ do: "echo" });
  });

  it("warms up by requests of their own, and asks whether it is fit", async () => {
    const instance = await startInstance({ healthMethod: "fit" });
    expect(Object.keys(instance.warmUps ?? {})).toEqual(["load_model"]);
    await instance.warmUps?.["load_model"]?.({ signal: never() });
    expect(await instance.execute({ do: "count_warm_ups" }, { signal: never() })).toBe(1);
    await instance.check?.(never());
    await expect(startInstance({ healthMethod: "unfit" })).rejects.toEqual(
      coded("LLMSPELL_E_TOOL_PROCESS_ANSWER", 'answered "unfit" with the error -32000: not today'),
    );
  });

  it("knows how much memory its process holds, until that ends", async () => {
    const instance = await startInstance();
    expect(await instance.memory?.(never())).toBeGreaterThan(10 * 2 ** 20);
    await instance[Symbol.asyncDispose]();
    await expect(instance.memory?.(never())).rejects.toEqual(coded("LLMSPELL_E_TOOL_PROCESS_EXIT"));
    await expect(instance.check?.(never())).rejects.toEqual(coded("LLMSPELL_E_TOOL_PROCESS_EXIT"));
  });

  it("fails the calls of a process that ends with its exit code and its last lines, and starts another", async () => {
    const { tools, order, debugged } = await startPool({ concurrency: 2 });
    const before = await order("pid");
    const [first, second] = await Promise.allSettled([order("wait"), order("last_words")]);
    for (const outcome of [first, second]) {
      const reason: unknown = outcome?.status === "rejected" && outcome.reason;
      expect(reason).toEqual(
        coded("LLMSPELL_E_TOOL_PROCESS_EXIT", "ended with exit code 3. Its standard error ended:"),
      );
      expect(String(reason)).toMatch(/\n\(12 lines before\)\nline 12\n.*\nline 30\nthe very last$/s);
    }
    expect(debugged).toContain("x".repeat(500));
    expect(debugged).toContain("line 1");
    expect(await order("pid")).not.toBe(before);
    expect(tools.stats()["obey"]).toMatchObject({ created: 2, failed: 2 });
  });

  it("fails at once where the program writes what is no message, says where, and starts another", async () => {
    const { tools, order } = await startPool();
    for (const [text, problem] of [
      ["\n\nDownloading the model ...\n", 'line 4 is "Downloading the model ..."'],
      ["{nonsense\n", '"{nonsense" is no JSON'],
      ['{"hello":1}\n', 'neither a request nor an answer: "{\\"hello\\":1}"'],
    ] as const) {
      await expect(order("print", { text })).rejects.toEqual(coded("LLMSPELL_E_TOOL_PROCESS_OUTPUT", problem));
    }
    expect(await order("echo")).toEqual({ do: "echo" });
    expect(tools.stats()["obey"]).toMatchObject({ created: 4, failed: 3, out: 1 });
  });

  it("reads no message longer than it is allowed to be", async () => {
    const { order } = await startPool({ maxMessageSize: "256KiB" });
    await expect(order("print_without_end")).rejects.toEqual(
      coded("LLMSPELL_E_TOOL_PROCESS_OUTPUT", "line 2 is longer than 262144 bytes (`maxMessageSize`)"),
    );
    expect(await order("echo")).toEqual({ do: "echo" });
  });

  it("ends a process that closes its output and runs on", async () => {
    const { order } = await startPool({ abortGrace: "20ms" });
    await expect(order("close_output")).rejects.toEqual(
      coded("LLMSPELL_E_TOOL_PROCESS_EXIT", "it had closed its standard input or output, and did not end."),
    );
  });

  it.skipIf(process.platform === "win32")("does not wait long for who left the group and holds its pipes", async () => {
    const clock = new VirtualClock();
    const tool = new ProcessTool({ command: process.execPath, args: [program] }, { clock });
    await tool.prepare({ signal: never() });
    const instance = await tool.createInstance({ signal: never() });
    const escaped = Number(await instance.execute({ do: "escape" }, { signal: never() }));
    onTestFinished(() => void process.kill(escaped, "SIGKILL"));
    const pid = Number(await instance.execute({ do: "pid" }, { signal: never() }));
    const lost = expect(instance.execute({ do: "wait" }, { signal: never() })).rejects.toEqual(
      coded("LLMSPELL_E_TOOL_PROCESS_EXIT", "signal SIGKILL"),
    );
    process.kill(pid, "SIGKILL");
    // biome-ignore lint/plugin: real turns of the event loop, which no clock counts
    while (!instance.isBroken) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(1000);
    await lost;
    await instance[Symbol.asyncDispose]();
  });

  it("stops while calls are under way", async () => {
    const { tools, order } = await startPool();
    const waiting = expect(order("ignore_cancel")).rejects.toEqual(coded("LLMSPELL_E_POOL_CLOSED"));
    await order("echo", {}, { signal: AbortSignal.abort(new Error("no")) }).catch(() => undefined);
    await tools.stop();
    await waiting;
  });
});
