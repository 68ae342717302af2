import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const MAIN = fileURLToPath(new URL("../../packages/llmspell/src/main.ts", import.meta.url));

/** The directory of the fixtures: where the command runs unless told otherwise. */
export const FIXTURES = fileURLToPath(new URL("./fixtures/", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each piece of stderr, to send signals at the right moment. */
  readonly onStderr?: (text: string, child: ChildProcess) => void;
}

/** Longer than any of these commands takes; a command that hangs is killed, and its code is null. */
const LIMIT = 15_000;

/** Runs the command from its sources in a process of its own, with only what it needs of the environment. */
export function llmspell(args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  const { cwd = FIXTURES, env = {}, onStderr } = options;
  const child = spawn(process.execPath, ["--conditions=@llmspell/source", MAIN, ...args], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", HOME: ROOT, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: LIMIT,
    killSignal: "SIGKILL",
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    onStderr?.(text, child);
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
