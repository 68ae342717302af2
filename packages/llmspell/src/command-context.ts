import type { Clock, Log } from "@llmspell/base";
import type { ConfigInput } from "@llmspell/kernel";
import type { Verbosity } from "./console-log.ts";
import type { Terminal } from "./terminal.ts";

/** What every command gets beside its own options. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly verbosity: Verbosity;
  readonly log: Log;
  readonly clock: Clock;
  /** The working directory: the search for a configuration begins here, and paths are shown relative to it. */
  readonly directory: string;
  /** The configuration that `--config` names, or else the search for one. */
  readonly input: Extract<ConfigInput, { path: string } | { searchFrom: string }>;
}
