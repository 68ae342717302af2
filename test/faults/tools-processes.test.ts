import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { WorkerTool } from "@llmspell/plugin-tools-node";
import { ProcessTool, type ProcessToolOptions } from "@llmspell/plugin-tools-process";
import { type Tool, ToolExecutionPool, type ToolPoolOptions } from "@llmspell/tools";
import { describe, expect, it, onTestFinished } from "vitest";

const WORKER = new URL("../../plugins/tools-node/test/obedient-tool.ts", import.meta.url).href;
const PROGRAM = fileURLToPath(new URL("../../plugins/tools-process/test/obedient-process.mjs", import.meta.url));
const PARENT = fileURLToPath(new URL("./process-parent.ts", import.meta.url));
/** Turns of the event loop that the kernel has to clear up what was killed. */
const MOST_TURNS = 200_000;

const coded = (code: string, message = "") =>
  expect.objectContaining({ code, message: expect.stringContaining(message) });

async function startPool(tool: Tool, options: Partial<ToolPoolOptions> = {}) {
  const tools = new ToolExecutionPool({ pools: { obey: { tool, size: { min: 1, max: 1 }, ...options } } });
  onTestFinished(() => tools.stop());
  await tools.start();
  const order = (what: string, more: object = {}) => tools.execute({ pool: "obey", input: { do: what, ...more } });
  return { tools, order, stats: () => tools.stats()["obey"] };
}

async function startProcess({ args = [], ...options }: Partial<ProcessToolOptions> = {}) {
  const tool = new ProcessTool({ command: process.execPath, args: [PROGRAM, ...args], ...options });
  const pool = await startPool(tool, { concurrency: 4 });
  return { ...pool, pid: Number(await pool.order("pid")) };
}

/** State and process group of a process; `undefined` when there is none. */
function statusOf(pid: number): { readonly state: string; readonly group: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state = "", , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state, group: Number(group) };
  } catch {
    return undefined;
  }
}

/** Whether it runs: one that has ended and whose parent has not looked yet (a zombie) does not. */
function isRunning(pid: number): boolean {
  const status = statusOf(pid);
  return status !== undefined && status.state !== "Z" && status.state !== "X";
}

function runningIn(group: number): number[] {
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  return pids.filter((pid) => statusOf(pid)?.group === group && isRunning(pid));
}

/** Threads of this process. */
const threads = () => readdirSync("/proc/self/task").length;

/** What was killed by a signal is gone a moment later; nobody tells when. */
async function untilIsSo(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < MOST_TURNS && !isSo(); turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(isSo()).toBe(true);
}

/** A run that does not stop its tools; answers the processes' ids, and its own process. */
async function startParent(how: "exit" | "wait", ...args: string[]) {
  const parent = spawn(process.execPath, ["--conditions=@llmspell/source", PARENT, how, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void parent.kill("SIGKILL"));
  const exited = new Promise((resolve) => parent.once("exit", (code, signal) => resolve(signal ?? code)));
  for await (const line of createInterface({ input: parent.stdout })) {
    return { parent, exited, pids: JSON.parse(line) as number[] };
  }
  throw new Error("The run printed nothing.");
}

describe.skipIf(process.platform !== "linux")(
  "processes and threads of tools (read from /proc, so on Linux only)",
  () => {
    it("a worker that exits in a call loses that call, and leaves no thread after the stop", async () => {
      const before = await startPool(new WorkerTool({ module: WORKER }));
      await before.tools.stop();
      const threadsBefore = threads();

      const { tools, order, stats } = await startPool(new WorkerTool({ module: WORKER }), { size: { min: 2, max: 2 } });
      const thread = await order("thread");
      await expect(order("exit")).rejects.toEqual(coded("LLMSPELL_E_TOOL_WORKER_EXIT", "exit code 7"));
      expect(await order("echo")).toEqual({ do: "echo" });
      expect(await order("thread")).toBeTypeOf(typeof thread);
      expect(stats()).toMatchObject({ failed: 1, out: 3, pending: 0, retired: 1 });
      await tools.stop();
      await untilIsSo(() => threads() <= threadsBefore);
    });

    it("a child killed by kill -9 in a call loses that call; the next is served by another", async () => {
      const { tools, order, stats, pid } = await startProcess();
      const lost = expect(order("wait")).rejects.toEqual(
        coded("LLMSPELL_E_TOOL_PROCESS_EXIT", "ended with signal SIGKILL."),
      );
      await order("echo");
      process.kill(pid, "SIGKILL");
      await lost;
      const next = Number(await order("pid"));
      expect(next).not.toBe(pid);
      expect(stats()).toMatchObject({ failed: 1, out: 3, pending: 0, created: 2 });
      await tools.stop();
      expect([...runningIn(pid), ...runningIn(next)]).toEqual([]);
    });

    it("a child that prints garbage without end is ended; this process keeps no more of it than a message", async () => {
      const { tools, order, pid } = await startProcess({ maxMessageSize: "1MiB" });
      const before = process.memoryUsage.rss();
      await expect(order("print_without_end")).rejects.toEqual(
        coded("LLMSPELL_E_TOOL_PROCESS_OUTPUT", "line 3 is longer than 1048576 bytes"),
      );
      expect(await order("echo")).toEqual({ do: "echo" });
      expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 2 ** 20);
      await tools.stop();
      expect(runningIn(pid)).toEqual([]);
    });

    it("a child that ignores SIGTERM, and the end of its input, is killed after its grace", async () => {
      const { tools, order, pid } = await startProcess({ args: ["--stubborn"], killGrace: "50ms" });
      const [shell = 0, sleeper = 0] = (await order("spawn")) as number[];
      expect(runningIn(pid).sort()).toEqual([pid, shell, sleeper].sort());
      await tools.stop();
      await untilIsSo(() => runningIn(pid).length === 0);
    });

    it("grandchildren go with their child: at the stop, and when it is killed", async () => {
      const { tools, order, pid } = await startProcess();
      const [shell = 0, sleeper = 0] = (await order("spawn")) as number[];
      expect(runningIn(pid).sort()).toEqual([pid, shell, sleeper].sort());
      process.kill(pid, "SIGKILL");
      await untilIsSo(() => runningIn(pid).length === 0);

      const next = Number(await order("pid"));
      await order("spawn");
      expect(runningIn(next).length).toBe(3);
      await tools.stop();
      await untilIsSo(() => runningIn(next).length === 0);
    });

    it("no child outlives a run that exits without a stop, however stubborn", async () => {
      const { exited, pids } = await startParent("exit", "--stubborn");
      expect(pids.length).toBe(2);
      expect(await exited).toBe(0);
      await untilIsSo(() => !pids.some(isRunning));
    });

    it("a child sees its input end when the run is killed by kill -9, and ends", async () => {
      const { parent, exited, pids } = await startParent("wait");
      expect(pids.every(isRunning)).toBe(true);
      parent.kill("SIGKILL");
      expect(await exited).toBe("SIGKILL");
      await untilIsSo(() => !pids.some(isRunning));
    });
  },
);
