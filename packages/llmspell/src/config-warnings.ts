import { formatDiagnostic } from "@llmspell/config";
import type { CheckedConfig } from "@llmspell/kernel";
import type { CommandContext } from "./command-context.ts";

/** Writes what is doubtful about a valid configuration to stderr, each with its place; nothing with `--quiet`. */
export function sayWarnings({ warnings }: CheckedConfig, { terminal, directory, verbosity }: CommandContext): void {
  if (verbosity === "quiet") return;
  const color = terminal.stderr.hasColor;
  for (const warning of warnings) terminal.say(formatDiagnostic(warning, { color, directory }));
}
