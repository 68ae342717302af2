import { isLlmspellError, messageOf, type Reading } from "@llmspell/base";
import type { ScalingAction } from "@llmspell/tools";
import { countOf } from "./figures.ts";
import { poolLines } from "./pool-summary.ts";
import {
  accountsOf,
  deadLetteredEvents,
  deliveryLine,
  lostEvents,
  type PartCount,
  sumLine,
  summaryLines,
} from "./run-summary.ts";
import type { Style } from "./terminal.ts";

/** How a run ended, and the figures of its parts. */
export interface RunReport {
  readonly name: string;
  readonly isOk: boolean;
  /** Whether everything had started before the end came. */
  readonly isStarted: boolean;
  /** Milliseconds since the Unix epoch. */
  readonly began: number;
  /** Milliseconds. */
  readonly elapsed: number;
  readonly interruptedBy: string | undefined;
  readonly readings: readonly Reading[];
  /** The changes of size of tool pools, oldest first. */
  readonly scalings: readonly ScalingAction[];
  readonly failures: readonly unknown[];
}

/** The table and the sums that end a run. */
export function summaryAsText(
  { readings, scalings, began }: RunReport,
  output: { paint(style: Style, text: string): string },
): string {
  const paintTable = ([titles = "", ...lines]: readonly string[]) => [
    output.paint("dim", titles),
    ...lines.map((line) => (line.startsWith(" ") ? line : output.paint("bold", line))),
  ];
  const pools = poolLines(readings, scalings, began);
  const accounts = accountsOf(readings);
  const sums = [sumLine(accounts), deliveryLine(accounts)].filter((sum) => sum !== undefined);
  const tables = [summaryLines(readings), ...(pools.length === 0 ? [] : [pools])].flatMap(paintTable);
  return [...tables, ...(sums.length === 0 ? [] : [""]), ...sums].join("\n");
}

/** How a run ended, in a few words: `done`, `done, with 50 events failed (channel orders)`, `failed`. */
export function outcomeOf({ readings, failures, interruptedBy, isStarted }: RunReport): string {
  if (!failures.every((failure) => isLlmspellError(failure, "LLMSPELL_E_RUN_EVENTS_FAILED"))) return "failed";
  if (!isStarted) return interruptedBy === undefined ? "done" : "interrupted";
  const notes = [
    noteOf(lostEvents(readings), "failed"),
    noteOf(deadLetteredEvents(readings), "passed on as dead letters"),
  ];
  return ["done", ...notes.filter((note) => note !== undefined)].join(", with ");
}

function noteOf(parts: readonly PartCount[], what: string): string | undefined {
  if (parts.length === 0) return undefined;
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  return `${countOf(total, "event")} ${what} (${parts.map(({ part, name }) => `${part} ${name}`).join(", ")})`;
}

/** The same for a script, as one JSON object. */
export function summaryAsJson(report: RunReport, redact: (text: string) => string): string {
  const { name, isOk, elapsed, interruptedBy, readings, scalings, failures } = report;
  const errors = failures.map((failure) => ({
    ...(isLlmspellError(failure) ? { code: failure.code } : {}),
    message: messageOf(failure),
  }));
  const summary = { name, ok: isOk, elapsed: Math.round(elapsed), interruptedBy, errors };
  // Value by value: in the whole text, a secret that looks like one of the keys would take that too.
  const redacted = (_: string, value: unknown) => (typeof value === "string" ? redact(value) : value);
  return JSON.stringify({ ...summary, accounts: accountsOf(readings), readings, scalings }, redacted, 2);
}
