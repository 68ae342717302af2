import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { McpTool, type McpToolOptions } from "@llmspell/plugin-tools-mcp";
import { ToolExecutionPool, type ToolPoolOptions } from "@llmspell/tools";
import { describe, expect, it, onTestFinished } from "vitest";
import { EVERYTHING, isAlive, scripted, stdio } from "../../plugins/tools-mcp/test/real-servers.ts";

interface Pids {
  readonly server: number;
  readonly child: number;
}

function poolOf(options: McpToolOptions, pool: Partial<ToolPoolOptions> = {}) {
  const warnings: unknown[][] = [];
  const log = { debug() {}, info() {}, error() {}, warn: (...warning: unknown[]) => void warnings.push(warning) };
  const tool = new McpTool({ stopGrace: "100ms", ...options }, { log });
  const size = { min: 1, max: 1 };
  const tools = new ToolExecutionPool({ pools: { mcp: { tool, size, concurrency: 16, ...pool } } });
  onTestFinished(async () => {
    await tools.stop();
    expect(newChildren()).toEqual([]);
  });
  const call = (input: unknown) => tools.execute({ pool: "mcp", input });
  const pids = async () => (await call({ do: "pids" })) as Pids;
  return { tools, call, pids, warnings };
}

/** The processes that this one has started and that live, by /proc. */
function ownChildren(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isAlive(pid) && parentOf(pid) === process.pid);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

/** Resolves when a process has gone; the test's time limit bounds it. */
async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await setImmediate();
}

const before = new Set(ownChildren());
const newChildren = () => ownChildren().filter((pid) => !before.has(pid));

describe("an MCP server that cannot be used", () => {
  it("hangs in initialize: who waits is told, and the server is gone", async () => {
    const { tools, call, warnings } = poolOf(scripted("hang"), { creationTimeout: "300ms", size: { min: 0, max: 2 } });
    const calls = [call({}), call({})].map((each) => each.catch((error: Error) => error));
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({
        code: "LLMSPELL_E_POOL_CREATION",
        message: expect.stringContaining("was not prepared within 300 ms"),
      });
    }
    await tools.stop();
    expect(newChildren()).toEqual([]);
    expect(warnings).toContainEqual([
      "An MCP server had not answered when it was given up.",
      { server: process.execPath, state: "it was ended by SIGKILL." },
    ]);
  });

  it("hangs in initialize when it is started a second time: its caller is told, and the pool tries again", async () => {
    const directory = await mkdtemp(join(tmpdir(), "llmspell-faults-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const mark = join(directory, "mark");
    const options = { ...scripted("hang-later", mark), tool: "obey" };
    const { tools, call, warnings } = poolOf(options, { creationTimeout: "2s" });
    await tools.start();
    await expect(call({ do: "exit" })).rejects.toMatchObject({ code: "LLMSPELL_E_MCP_CLOSED" });
    await expect(call({})).rejects.toMatchObject({
      code: "LLMSPELL_E_POOL_CREATION",
      message: expect.stringContaining("2000 ms"),
    });
    await rm(mark);
    expect(await call({ text: "again" })).toEqual({ text: "again" });
    expect(warnings[0]?.[0]).toBe("An MCP server had not answered when it was given up.");
  });

  it("writes garbage without end: that is said, with what it wrote", async () => {
    const { tools } = poolOf(scripted("garbage"));
    await expect(tools.start()).rejects.toMatchObject({
      code: "LLMSPELL_E_POOL_CREATION",
      cause: {
        code: "LLMSPELL_E_MCP_CONNECT",
        message: expect.stringMatching(/no message: "garbage garbage .*its standard error ends in: I am no MCP server/),
      },
    });
  });

  it("ends at once: its exit code and its last words are in the error", async () => {
    const { tools } = poolOf(scripted("die"));
    await expect(tools.start()).rejects.toThrow(/exit code 7; its standard error ends in: no licence/);
  });

  it("does not exist", async () => {
    const { tools } = poolOf({ command: "there-is-no-such-server" });
    await expect(tools.start()).rejects.toThrow(/there-is-no-such-server could not be connected: .*ENOENT/);
  });

  it("is being started while the pool stops", async () => {
    const { tools } = poolOf(scripted("hang"));
    const starting = tools.start().catch((error: Error) => error);
    while (newChildren().length === 0) await setImmediate();
    await tools.stop();
    expect(newChildren()).toEqual([]);
    expect(await starting).toBeInstanceOf(Error);
  });
});

describe("an MCP server that ends in a call", () => {
  it("fails the calls that it had, with its exit code and last words; the next has a new one", async () => {
    const { tools, call, pids } = poolOf({ ...scripted("obey"), tool: "obey" });
    await tools.start();
    const { server } = await pids();
    const calls = ["hang", "hang", "exit"].map((what) => call({ do: what }).catch((error: Error) => error));
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({
        code: "LLMSPELL_E_MCP_CLOSED",
        message: expect.stringMatching(/scripted .*exit code 3; its standard error ends in: out of cheese/),
      });
    }
    expect((await pids()).server).not.toBe(server);
    expect(tools.stats()["mcp"]).toMatchObject({ created: 2, retired: 1, failed: 3, out: 2 });
  });

  it("is killed with -9: as much, and what it had started goes with it", async () => {
    const { tools, call, pids } = poolOf({ ...scripted("family"), tool: "obey" });
    await tools.start();
    const { server, child } = await pids();
    expect([server, child].map(isAlive)).toEqual([true, true]);
    const hanging = call({ do: "hang" });
    process.kill(server, "SIGKILL");
    await expect(hanging).rejects.toMatchObject({
      code: "LLMSPELL_E_MCP_CLOSED",
      message: expect.stringContaining("it was ended by SIGKILL"),
    });
    await gone(child);
    expect((await pids()).server).not.toBe(server);
  });

  it("answers with what is no message: the call fails by its time limit, and the server serves on", async () => {
    const { tools, call } = poolOf({ ...scripted("obey"), tool: "obey" }, { executionTimeout: "1s" });
    await tools.start();
    expect(await call({ do: "garbage" })).toEqual({ text: "garbage" });
    await expect(call({ do: "hang" })).rejects.toMatchObject({ code: "LLMSPELL_E_TOOL_TIMEOUT" });
    expect(await call({ do: "cancelled" })).toMatchObject({
      cancelled: [{ reason: expect.stringContaining("1000 ms") }],
    });
    expect(tools.stats()["mcp"]).toMatchObject({ created: 1, retired: 0 });
  });
});

describe("after stop no process is left", () => {
  it("of server-everything, four times", async () => {
    const { tools } = poolOf(stdio(EVERYTHING), { size: { min: 4, max: 4 } });
    await tools.start();
    await tools.execute({ pool: "mcp", input: { tool: "echo", arguments: { message: "hello" } } });
    await tools.stop();
    expect(newChildren()).toEqual([]);
  });

  it.each(["family", "stubborn"])("of a server with a child: %s", async (mode) => {
    const { tools, pids } = poolOf({ ...scripted(mode), tool: "obey" });
    await tools.start();
    const { server, child } = await pids();
    await tools.stop();
    expect(isAlive(server)).toBe(false);
    await gone(child);
  });

  it("also when the process ends without stopping its pools", async () => {
    const plugin = new URL("../../plugins/tools-mcp/src/index.ts", import.meta.url);
    const script = `
      import { McpTool } from ${JSON.stringify(plugin.href)};
      const tool = new McpTool(${JSON.stringify({ ...scripted("stubborn"), tool: "obey" })});
      const signal = new AbortController().signal;
      await tool.prepare({ signal });
      const instance = await tool.createInstance({ signal });
      console.log(JSON.stringify(await instance.execute({ do: "pids" }, { signal })));
      process.exit(0);
    `;
    const args = ["--conditions=@llmspell/source", "--input-type=module-typescript", "-e", script];
    const cwd = fileURLToPath(new URL("../..", import.meta.url));
    const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "inherit"], timeout: 15_000 });
    const left = JSON.parse(await text(child.stdout)) as Pids;
    await gone(left.server);
    await gone(left.child);
  });
});
