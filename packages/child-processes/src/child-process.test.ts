import { chmod, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { Log } from "@llmspell/base";
import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { isRunning, turn, untilIsSo } from "../test/real-processes.ts";
import { ChildProcess, type ChildProcessDependencies, type ChildProcessOptions } from "./child-process.ts";

const isPosix = process.platform !== "win32";
const never = () => new AbortController().signal;
/** Something to live for when the input is closed. */
const LIVE_ON = "setInterval(() => {}, 1e6);";
/** Says what it hears, and ends by none of it. */
const STUBBORN = `${LIVE_ON} process.stdin.on("end", () => console.log("input ended")).resume();
  process.on("SIGTERM", () => console.log("SIGTERM")); console.log("ready")`;

async function temporaryDirectory(): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "llmspell-child-")));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

/** Starts a program of Node's; killed when the test is over. */
async function start(
  script: string,
  options: Partial<ChildProcessOptions> = {},
  dependencies?: ChildProcessDependencies,
): Promise<ChildProcess> {
  const graces = { inputGrace: 10_000, killGrace: 10_000 };
  const command = { command: process.execPath, args: ["-e", script] };
  const child = await ChildProcess.start({ ...command, ...graces, ...options }, dependencies);
  onTestFinished(async () => void (await child.kill()));
  return child;
}

function linesOf(stream: Readable): () => Promise<string> {
  const lines = createInterface({ input: stream })[Symbol.asyncIterator]();
  return async () => (await lines.next()).value ?? "";
}

describe("ChildProcess", () => {
  it("reads and is read, and says how it ended and what it said last", async () => {
    const debugged: unknown[] = [];
    const silent = () => undefined;
    const log: Log = { debug: (...line) => void debugged.push(line), info: silent, warn: silent, error: silent };
    const script = `process.stdin.pipe(process.stdout);
      process.stdin.on("end", () => process.stderr.write("out of\\ncheese", () => process.exit(3)))`;
    const child = await start(script, {}, { log });
    expect(child).toMatchObject({ ended: undefined, isEnding: false, stderrTail: "" });
    child.stdin.end("hello");
    expect(await text(child.stdout)).toBe("hello");
    expect(await child.closed).toEqual({ code: 3, signal: null });
    expect(child).toMatchObject({ ended: { code: 3, signal: null }, isEnding: true, stderrTail: "out of\ncheese" });
    const fields = { command: process.execPath, pid: child.pid };
    expect(debugged).toEqual([
      ["out of", fields],
      ["cheese", fields],
    ]);
  });

  it("has a minimal environment with what it is given, and its directory", async () => {
    process.env["LLMSPELL_TEST_SECRET"] = "hush";
    onTestFinished(() => void delete process.env["LLMSPELL_TEST_SECRET"]);
    const cwd = await temporaryDirectory();
    const script = "console.log(JSON.stringify({ ...process.env, cwd: process.cwd() }))";
    const seen = JSON.parse(await text((await start(script, { cwd, env: { GIVEN: "yes" } })).stdout));
    expect(seen).toMatchObject({ GIVEN: "yes", PATH: process.env["PATH"], cwd });
    expect(seen).not.toHaveProperty("LLMSPELL_TEST_SECRET");
  });

  it("says why it cannot be started", async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, "notes.txt");
    await writeFile(file, "no program");
    await chmod(file, 0o600);
    const cases: [options: Partial<ChildProcessOptions>, message: string][] = [
      [{ command: "no-such" }, "spawn no-such ENOENT: there is no program of this name on PATH."],
      [{ command: "./no-such" }, "spawn ./no-such ENOENT: there is no such program."],
      [{ command: "./no-such", cwd: directory }, `ENOENT: there is no such program, from ${directory}.`],
      [{ cwd: join(directory, "none") }, `ENOENT: the directory ${join(directory, "none")} is not there.`],
      [{ command: file }, `spawn ${file} EACCES: it is no program, or may not be run.`],
      [{ args: ["a\0b"] }, "must be a string without null bytes"],
    ];
    for (const [options, message] of cases) {
      await expect(start("", options)).rejects.toThrow(message);
    }
    await expect(start("", { command: "no-such" })).rejects.toMatchObject({ cause: { code: "ENOENT" } });
  });

  it("survives that nobody listens to the failure of a stream", async () => {
    const failed = Promise.withResolvers<unknown>();
    const silent = () => undefined;
    const log: Log = { debug: (_, fields) => failed.resolve(fields), info: silent, warn: silent, error: silent };
    const child = await start(`require("node:fs").closeSync(0); console.log("closed"); ${LIVE_ON}`, {}, { log });
    await linesOf(child.stdout)();
    child.stdin.write("anybody?");
    expect(await failed.promise).toMatchObject({ pid: child.pid, problem: expect.stringContaining("EPIPE") });
    expect(child.ended).toBe(undefined);
  });

  it("ends by the end of its input, when it has time to", async () => {
    const child = await start('process.stdin.resume().on("end", () => process.exit(4))');
    expect(await child.end()).toEqual({ code: 4, signal: null });
    expect(await child.end()).toEqual({ code: 4, signal: null });
  });

  it.skipIf(!isPosix)("gets SIGTERM at once where it has no time to end by its input", async () => {
    await using child = await start(LIVE_ON, { inputGrace: 0 });
    const ending = child.end();
    expect(child.isEnding).toBe(true);
    expect(await ending).toEqual({ code: null, signal: "SIGTERM" });
  });

  it.skipIf(!isPosix)("is told, asked, and killed, each after its grace", async () => {
    const clock = new VirtualClock();
    const child = await start(STUBBORN, { inputGrace: 100, killGrace: 50 }, { clock });
    const line = linesOf(child.stdout);
    expect(await line()).toBe("ready");
    const ending = child.end();
    expect(await line()).toBe("input ended");
    await clock.advance(99);
    await turn();
    expect(child.ended).toBe(undefined);
    await clock.advance(1);
    expect(await line()).toBe("SIGTERM");
    await clock.advance(49);
    await turn();
    expect(child.ended).toBe(undefined);
    await clock.advance(1);
    expect(await ending).toEqual({ code: null, signal: "SIGKILL" });
  });

  it("is killed at once, also while it is being ended", async () => {
    const child = await start(STUBBORN);
    await linesOf(child.stdout)();
    const ending = child.end();
    const end = await child.kill();
    expect(end.code === 0).toBe(false);
    expect(await ending).toEqual(end);
    expect(await child.kill()).toEqual(end);
  });
});

describe.skipIf(!isPosix)("the group of a ChildProcess", () => {
  it("is killed when its leader ends, so that nobody holds its pipes", async () => {
    // Time stands still: only the end of who holds the pipes closes them.
    const clock = new VirtualClock();
    const script = `const { spawn } = require("node:child_process");
      console.log(spawn(process.execPath, ["-e", ${JSON.stringify(STUBBORN)}], { stdio: ["ignore", "inherit", "inherit"] }).pid);
      process.stdin.once("data", () => process.exit(5))`;
    const child = await start(script, {}, { clock });
    const line = linesOf(child.stdout);
    const grandchild = Number(await line());
    expect(await line()).toBe("ready");
    child.stdin.write("go\n");
    expect(await child.closed).toEqual({ code: 5, signal: null });
    await untilIsSo(() => !isRunning(grandchild));
  });

  it("is not waited for long where somebody left it and holds its pipes", async () => {
    const clock = new VirtualClock();
    const script = `const { spawn } = require("node:child_process");
      console.log(spawn(process.execPath, ["-e", ${JSON.stringify(LIVE_ON)}], { stdio: ["ignore", "inherit", "inherit"], detached: true }).pid);
      process.stdin.once("data", () => process.exit(0))`;
    const child = await start(script, {}, { clock });
    const escaped = Number(await linesOf(child.stdout)());
    onTestFinished(() => void process.kill(escaped, "SIGKILL"));
    child.stdin.write("go\n");
    await untilIsSo(() => child.ended !== undefined);
    let isClosed = false;
    void child.closed.then(() => {
      isClosed = true;
    });
    await clock.advance(999);
    await turn();
    expect(isClosed).toBe(false);
    await clock.advance(1);
    expect(await child.closed).toEqual({ code: 0, signal: null });
  });

  it("does not outlive the exit of its parent, however stubborn", async () => {
    const home = new URL("./index.ts", import.meta.url).href;
    const script = `
      import { ChildProcess } from ${JSON.stringify(home)};
      const args = ["-e", ${JSON.stringify(STUBBORN)}];
      const child = await ChildProcess.start({ command: process.execPath, args, inputGrace: 0, killGrace: 0 });
      child.stdout.once("data", () => {
        console.log(child.pid);
        process.exit(0);
      });
    `;
    const args = ["--conditions=@llmspell/source", "--input-type=module-typescript", "-e", script];
    const parent = await start("", { args, cwd: fileURLToPath(new URL("..", import.meta.url)) });
    const pid = Number(await text(parent.stdout));
    expect(pid).toBeGreaterThan(0);
    await untilIsSo(() => !isRunning(pid));
  });
});

describe("the memory of a ChildProcess", () => {
  it("is 0 once it has ended, and is not waited for in vain", async () => {
    const child = await start(LIVE_ON);
    expect(await child.memory(never())).toBeGreaterThan(0);
    const reason = new Error("never mind");
    await expect(child.memory(AbortSignal.abort(reason))).rejects.toBe(reason);
    await child.kill();
    expect(await child.memory(never())).toBe(0);
  });
});
