import type { ChildProcess } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";

const running = new Set<ChildProcess>();

/**
 * Sends a signal to a process that leads a group, and to all of its group; to the process alone on Windows, which has no
 * groups. Does nothing when none is left.
 */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  if (process.platform === "win32") {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // ESRCH: nobody is left. EPERM (macOS): only zombies are.
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}

/** Kills the process's group when this process ends without having stopped it. */
export function outlivesNobody(child: ChildProcess): void {
  if (running.size === 0) process.once("exit", killRunning);
  running.add(child);
  child.once("exit", () => {
    running.delete(child);
    if (running.size === 0) process.removeListener("exit", killRunning);
  });
}

function killRunning(): void {
  for (const child of running) killGroup(child, "SIGKILL");
}

/** The processes of a group, where the operating system lists them under /proc; else its leader alone. */
export async function membersOfGroup(leader: number): Promise<number[]> {
  if (process.platform !== "linux") return [leader];
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const isMember = await Promise.all(pids.map(async (pid) => (await groupOf(pid)) === leader));
  return pids.filter((_, index) => isMember[index]);
}

/** See proc(5): `pid (name) state parent group …`, where the name may hold anything. */
async function groupOf(pid: number): Promise<number | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[2]);
  } catch {
    // It has ended since it was listed.
    return undefined;
  }
}
