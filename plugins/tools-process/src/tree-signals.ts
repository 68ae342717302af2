import { spawnSync } from "node:child_process";

/** The trees that run. */
const watched = new Set<number>();

/** From now on, a tree is killed at the latest when this process exits. */
export function watchTree(pid: number): void {
  if (watched.size === 0) process.on("exit", killWatched);
  watched.add(pid);
}

/**
 * Sends a signal to a process and all that it started.
 *
 * Windows has no signals: there the tree is ended at once, since its processes could not hear a request anyway.
 */
export function signalTree(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  if (process.platform === "win32") {
    spawnSync("taskkill", ["/pid", String(pid), "/T", "/F"], { windowsHide: true, stdio: "ignore" });
    return;
  }
  try {
    process.kill(-pid, signal);
  } catch {
    // Nothing of the group is left.
  }
}

/** Kills what is left of a tree, which is then watched no longer. */
export function killTree(pid: number): void {
  signalTree(pid, "SIGKILL");
  watched.delete(pid);
  if (watched.size === 0) process.off("exit", killWatched);
}

function killWatched(): void {
  for (const pid of watched) signalTree(pid, "SIGKILL");
}
