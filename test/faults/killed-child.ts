import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** What a run printed, and when it is to be killed. */
export interface Watcher {
  enter(line: string): void;
  /** Whether it has done enough to be killed; asked after each line. */
  isDue(): boolean;
}

/**
 * Runs a script of the workspace in a process of its own, and kills it (SIGKILL) as soon as `watcher` says so.
 *
 * @returns the signal that it ended by, or its exit code
 */
export async function runUntilKilled(
  script: string,
  args: readonly string[],
  watcher: Watcher,
): Promise<string | number | null> {
  const options = ["--conditions=@llmspell/source", "--disable-warning=ExperimentalWarning"];
  const child = spawn(process.execPath, [...options, script, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    watcher.enter(line);
    if (watcher.isDue()) child.kill("SIGKILL");
  });
  const ended = Promise.withResolvers<string | number | null>();
  const read = new Promise((resolve) => lines.once("close", resolve));
  child.once("error", ended.reject);
  child.once("exit", (code, signal) => ended.resolve(signal ?? code));
  const [how] = await Promise.all([ended.promise, read]);
  return how;
}
