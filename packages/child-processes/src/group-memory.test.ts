import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { groupMemory } from "./group-memory.ts";

const MIB = 2 ** 20;
/** A program that holds 64 MiB, says so, and stays. */
const LARGE = 'globalThis.held = Buffer.alloc(64 * 2 ** 20, 1); console.log("ready"); setInterval(() => {}, 1e6)';
const FAMILY = `const { spawn } = require("node:child_process");
  spawn(process.execPath, ["-e", ${JSON.stringify(LARGE)}], { stdio: "inherit" }); setInterval(() => {}, 1e6)`;

/** Starts a group; resolves when one of it is ready. */
async function startGroup(script: string): Promise<number> {
  const child = spawn(process.execPath, ["-e", script], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
  const { pid = 0 } = child;
  onTestFinished(async () => {
    process.kill(-pid, "SIGKILL");
    await once(child, "close");
  });
  await once(child.stdout, "data");
  return pid;
}

describe.skipIf(process.platform !== "linux")("groupMemory (of /proc, so on Linux only)", () => {
  it("is that of all members, which those of other groups do not change", async () => {
    const [alone, family] = await Promise.all([startGroup(LARGE), startGroup(FAMILY)]);
    const [aloneHolds, familyHolds] = await Promise.all([groupMemory(alone), groupMemory(family)]);
    expect(aloneHolds).toBeGreaterThan(64 * MIB);
    expect(aloneHolds).toBeLessThan(256 * MIB);
    expect(familyHolds).toBeGreaterThan(aloneHolds + 10 * MIB);
  });

  it("elsewhere is that of the leader alone", async () => {
    const family = await startGroup(FAMILY);
    const leaderHolds = await groupMemory(family, "darwin");
    expect(leaderHolds).toBeGreaterThan(10 * MIB);
    expect(await groupMemory(family)).toBeGreaterThan(leaderHolds + 64 * MIB);
  });

  it("is 0 where nobody is left, and keeps no file open", async () => {
    const alone = await startGroup(LARGE);
    const before = readdirSync("/proc/self/fd").length;
    for (let round = 0; round < 5; round++) await groupMemory(alone);
    expect(readdirSync("/proc/self/fd").length).toBeLessThanOrEqual(before);
    expect(await groupMemory(2 ** 30)).toBe(0);
  });
});
