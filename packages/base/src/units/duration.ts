import { unitErrors } from "./unit-errors.ts";

/** A length of time: milliseconds as a number, or a string with its unit (`"250ms"`, `"5s"`, `"3m"`, `"1h"`, `"1d"`). */
export type Duration = number | string;

const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/**
 * The milliseconds of a duration.
 *
 * @throws LLMSPELL_E_DURATION when it is negative, not finite, or has no known unit
 */
export function parseDuration(value: Duration): number {
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return value;
  const match = typeof value === "string" ? PATTERN.exec(value) : null;
  const factor = MILLISECONDS[match?.[2] ?? ""];
  const milliseconds = Number(match?.[1]) * (factor ?? Number.NaN);
  if (!Number.isFinite(milliseconds)) throw unitErrors.LLMSPELL_E_DURATION({ value });
  return milliseconds;
}
