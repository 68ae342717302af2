import { existsSync } from "node:fs";
import { messageOf } from "@llmspell/base";

/** What could not be started, and where. */
export interface StartedCommand {
  readonly command: string;
  readonly cwd?: string | undefined;
}

/** An error that says why a program could not be started: the system says ENOENT of a missing program and of a missing directory. */
export function startError({ command, cwd }: StartedCommand, error: unknown): Error {
  const reason = reasonOf((error as NodeJS.ErrnoException).code, command, cwd);
  return new Error(reason === undefined ? messageOf(error) : `${messageOf(error)}: ${reason}.`, { cause: error });
}

function reasonOf(code: string | undefined, command: string, cwd: string | undefined): string | undefined {
  if (code === "ENOENT" && cwd !== undefined && !existsSync(cwd)) return `the directory ${cwd} is not there`;
  if (code === "ENOENT" && /[/\\]/.test(command))
    return `there is no such program${cwd === undefined ? "" : `, from ${cwd}`}`;
  if (code === "ENOENT") return "there is no program of this name on PATH";
  if (code === "EACCES") return "it is no program, or may not be run";
  if (code === "EMFILE" || code === "ENFILE") return "too many files and processes are open";
  if (code === "EAGAIN") return "too many processes run";
  return undefined;
}
