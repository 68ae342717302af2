import { isLlmspellError, messageOf } from "@llmspell/base";
import type { ConfigError } from "@llmspell/config";
import { EXIT } from "./exit-code.ts";
import type { Terminal } from "./terminal.ts";

export interface FailureReportOptions {
  /** Paths are shown relative to this directory. */
  readonly directory: string;
  /** Also show where in the code it happened, and what caused it. */
  readonly withStack: boolean;
}

/** The errors that mean that the command was called in a way that makes no sense. */
const WRONG_USAGE: ReadonlySet<string> = new Set(["LLMSPELL_E_LIST_KIND", "LLMSPELL_E_INIT_NO_TERMINAL"]);

/** Writes an error to stderr as an operator should see it; returns the exit code that it means. */
export function reportFailure(error: unknown, terminal: Terminal, options: FailureReportOptions): number {
  const { directory, withStack } = options;
  terminal.showStatus("");
  if (isConfigError(error)) {
    terminal.say(error.format({ color: terminal.stderr.hasColor, directory }));
    return EXIT.configInvalid;
  }
  const label = terminal.stderr.paint("red", "error");
  const isOwn = isLlmspellError(error);
  const lines = [isOwn ? `${label} ${error.code}: ${error.message}` : `${label}: ${messageOf(error)}`];
  const hint = hintOf(error);
  if (hint !== undefined) lines.push(`  ${terminal.stderr.paint("cyan", hint)}`);
  lines.push(...codesOf(error).map((code) => `  Caused by ${code}.`));
  if (withStack) lines.push(...stacksOf(error));
  else if (!isOwn) lines.push("  Run again with --verbose to see where it happened.");
  terminal.say(lines.join("\n"));
  return isOwn && WRONG_USAGE.has(error.code) ? EXIT.usage : EXIT.runFailed;
}

/** By its code and shape, so that the class (and the parser behind it) need not be loaded to report any other error. */
export function isConfigError(error: unknown): error is ConfigError {
  return isLlmspellError(error, "LLMSPELL_E_CONFIG_INVALID") && "diagnostics" in error && "format" in error;
}

/** The codes of what caused an error, by which the documentation can be searched: its own message has only their texts. */
function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (let cause = causeOf(error); cause !== undefined; cause = causeOf(cause)) {
    if (isLlmspellError(cause)) codes.push(cause.code);
  }
  return codes;
}

/** What to do: as whatever was there first says it, which knows best; `undefined` where nothing of ours does. */
function hintOf(error: unknown): string | undefined {
  const own = isLlmspellError(error) ? error.hint : undefined;
  const cause = causeOf(error);
  return cause === undefined ? own : (hintOf(cause) ?? own);
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function stacksOf(error: unknown): string[] {
  const stacks: string[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const stack = cause.stack ?? cause.message;
    stacks.push(stacks.length === 0 ? stack : `caused by ${stack}`);
  }
  return stacks;
}
