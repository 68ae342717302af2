import type { Log } from "@llmspell/base";
import type { Style, Terminal } from "./terminal.ts";

export type Verbosity = "quiet" | "normal" | "verbose";

type Level = keyof Log;
type Fields = Readonly<Record<string, unknown>>;

const LEVELS: Readonly<Record<Verbosity, readonly Level[]>> = {
  quiet: ["error"],
  normal: ["error", "warn", "info"],
  verbose: ["error", "warn", "info", "debug"],
};

const STYLES: Readonly<Record<Level, Style>> = { error: "red", warn: "yellow", info: "cyan", debug: "dim" };

/** A log of one line a message on stderr: level, message, `key=value` for each field. */
export function createConsoleLog(terminal: Terminal, verbosity: Verbosity): Log {
  const at = (level: Level) => (message: string, fields?: Fields) => {
    if (!LEVELS[verbosity].includes(level)) return;
    terminal.say(`${terminal.stderr.paint(STYLES[level], level.padEnd(5))} ${message}${formatFields(fields)}`);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function formatFields(fields: Fields = {}): string {
  return Object.entries(fields)
    .map(([key, value]) => ` ${key}=${formatValue(value)}`)
    .join("");
}

function formatValue(value: unknown): string {
  if (typeof value === "string") return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  if (value instanceof Error) return JSON.stringify(value.message);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
