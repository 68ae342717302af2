import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { untilIsSo } from "../test/real-processes.ts";
import { killGroupNow, signalGroup } from "./group-signals.ts";

const PATH = process.env["PATH"];

/** A process that lives until it is killed. */
function startSleeper() {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { detached: true, stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { pid: child.pid ?? 0, exited: once(child, "exit") };
}

/** Lets a program of ours stand for Windows' own `taskkill`; gives what it is called with. */
async function standInForTaskkill() {
  const directory = await mkdtemp(join(tmpdir(), "llmspell-taskkill-"));
  const calls = join(directory, "calls");
  await writeFile(calls, "");
  await writeFile(join(directory, "taskkill"), `#!/bin/sh\necho "$@" >> ${calls}\n`);
  await chmod(join(directory, "taskkill"), 0o755);
  process.env["PATH"] = `${directory}:${PATH}`;
  onTestFinished(async () => {
    process.env["PATH"] = PATH;
    await rm(directory, { recursive: true });
  });
  return () => readFile(calls, "utf8");
}

describe.skipIf(process.platform === "win32")("signals to a group", () => {
  it("reach it, and do nothing when nobody is left", async () => {
    const { pid, exited } = startSleeper();
    signalGroup(pid, "SIGTERM");
    expect(await exited).toEqual([null, "SIGTERM"]);
    expect(() => signalGroup(pid, "SIGKILL")).not.toThrow();
    expect(() => killGroupNow(pid)).not.toThrow();
  });

  it("on Windows are a taskkill of the tree, which nobody asks to end before", async () => {
    const calls = await standInForTaskkill();
    signalGroup(4711, "SIGTERM", "win32");
    killGroupNow(4712, "win32");
    expect(await calls()).toBe("/pid 4712 /T /F\n");
    signalGroup(4713, "SIGKILL", "win32");
    await untilIsSo(async () => (await calls()) === "/pid 4712 /T /F\n/pid 4713 /T /F\n");
  });

  it("on Windows without taskkill kill the process alone", async () => {
    process.env["PATH"] = "";
    onTestFinished(() => {
      process.env["PATH"] = PATH;
    });
    const [now, soon] = [startSleeper(), startSleeper()];
    killGroupNow(now.pid, "win32");
    expect(await now.exited).toEqual([null, "SIGKILL"]);
    signalGroup(soon.pid, "SIGKILL", "win32");
    expect(await soon.exited).toEqual([null, "SIGKILL"]);
  });
});
