import { isLlmspellError, messageOf, type Reading } from "@llmspell/base";
import { accountsOf, sumLine, summaryLines } from "./run-summary.ts";
import type { Style } from "./terminal.ts";

/** How a run ended, and the figures of its parts. */
export interface RunReport {
  readonly name: string;
  readonly isOk: boolean;
  /** Milliseconds. */
  readonly elapsed: number;
  readonly interruptedBy: string | undefined;
  readonly readings: readonly Reading[];
  readonly failures: readonly unknown[];
}

/** The table and the sum that end a run. */
export function summaryAsText({ readings }: RunReport, output: { paint(style: Style, text: string): string }): string {
  const [titles = "", ...lines] = summaryLines(readings);
  const painted = lines.map((line) => (line.startsWith(" ") ? line : output.paint("bold", line)));
  const sum = sumLine(accountsOf(readings));
  return [output.paint("dim", titles), ...painted, ...(sum === undefined ? [] : ["", sum])].join("\n");
}

/** The same for a script, as one JSON object. */
export function summaryAsJson(report: RunReport, redact: (text: string) => string): string {
  const { name, isOk, elapsed, interruptedBy, readings, failures } = report;
  const errors = failures.map((failure) => ({
    ...(isLlmspellError(failure) ? { code: failure.code } : {}),
    message: messageOf(failure),
  }));
  const summary = { name, ok: isOk, elapsed: Math.round(elapsed), interruptedBy, errors };
  // Value by value: in the whole text, a secret that looks like one of the keys would take that too.
  const redacted = (_: string, value: unknown) => (typeof value === "string" ? redact(value) : value);
  return JSON.stringify({ ...summary, accounts: accountsOf(readings), readings }, redacted, 2);
}
