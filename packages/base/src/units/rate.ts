import { unitErrors } from "./unit-errors.ts";

/** How often something may happen: per second as a number, or a string with its unit (`"100/s"`, `"30/m"`, `"5/h"`). */
export type Rate = number | string;

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
const PATTERN = /^(\d+(?:\.\d+)?)\/(s|m|h)$/;

/**
 * How many times a second.
 *
 * @throws LLMSPELL_E_RATE when it is not above zero, not finite, or has no known unit
 */
export function parseRate(value: Rate): number {
  if (typeof value === "number" && value > 0 && Number.isFinite(value)) return value;
  const match = typeof value === "string" ? PATTERN.exec(value) : null;
  const seconds = SECONDS[match?.[2] ?? ""];
  const rate = Number(match?.[1]) / (seconds ?? Number.NaN);
  if (!Number.isFinite(rate) || rate === 0) throw unitErrors.LLMSPELL_E_RATE({ value });
  return rate;
}
