import { unitErrors } from "./unit-errors.ts";

/** An amount of memory or storage: bytes as a number, or a string with its unit (`"64MiB"`, `"1GB"`, `"100B"`). */
export type Bytes = number | string;

const FACTORS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};
const PATTERN = /^(\d+(?:\.\d+)?)(B|[KMGT]i?B)$/;

/**
 * The number of bytes of a size (`KB` counts 1,000, `KiB` 1,024), rounded to whole bytes.
 *
 * @throws LLMSPELL_E_BYTES when it is negative, not finite, or has no known unit
 */
export function parseBytes(value: Bytes): number {
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return Math.round(value);
  const match = typeof value === "string" ? PATTERN.exec(value) : null;
  const factor = FACTORS[match?.[2] ?? ""];
  const bytes = Number(match?.[1]) * (factor ?? Number.NaN);
  if (!Number.isFinite(bytes)) throw unitErrors.LLMSPELL_E_BYTES({ value });
  return Math.round(bytes);
}
