import { spawn, spawnSync } from "node:child_process";

/** The leaders of the groups that run. */
const running = new Set<number>();

/** From now on, the group is killed at the latest when this process exits. */
export function watchGroup(leader: number): void {
  if (running.size === 0) process.on("exit", killRunning);
  running.add(leader);
}

/** The leader has ended, and is watched no longer: what is left of its group is killed. */
export function sweepGroup(leader: number): void {
  running.delete(leader);
  if (running.size === 0) process.off("exit", killRunning);
  // Windows finds a tree by its root, which is gone.
  if (process.platform !== "win32") signalGroup(leader, "SIGKILL");
}

/**
 * Sends a signal to a process and all that it started. Only while it runs: afterwards its id may be another's.
 *
 * Windows has no signal by which a process could be asked to end: there SIGTERM does nothing, and SIGKILL ends the tree.
 */
export function signalGroup(
  leader: number,
  signal: "SIGTERM" | "SIGKILL",
  platform: NodeJS.Platform = process.platform,
): void {
  if (platform !== "win32") {
    killByGroup(leader, signal);
  } else if (signal === "SIGKILL") {
    const { command, args, options } = taskkill(leader);
    spawn(command, args, options).on("error", () => killAlone(leader));
  }
}

/** The same as SIGKILL, done when it returns: while a process exits, nothing is waited for. */
export function killGroupNow(leader: number, platform: NodeJS.Platform = process.platform): void {
  if (platform !== "win32") {
    killByGroup(leader, "SIGKILL");
    return;
  }
  const { command, args, options } = taskkill(leader);
  if (spawnSync(command, args, options).error !== undefined) killAlone(leader);
}

function killRunning(): void {
  for (const leader of running) killGroupNow(leader);
}

function killByGroup(leader: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // Nobody is left of the group (ESRCH), or nobody who may be signalled (EPERM; on macOS these are also the zombies).
  }
}

function killAlone(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

function taskkill(pid: number) {
  const options = { windowsHide: true, stdio: "ignore" } as const;
  return { command: "taskkill", args: ["/pid", String(pid), "/T", "/F"], options };
}
