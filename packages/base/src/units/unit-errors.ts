import { defineErrors } from "../errors/error-table.ts";

interface BadValue {
  readonly value: unknown;
}

export const unitErrors = defineErrors({
  LLMSPELL_E_DURATION: {
    message: ({ value }: BadValue) =>
      `Expected a duration such as "250ms", "5s", "3m", "1h" or "1d", found ${show(value)}.`,
    hint: "In code, a number counts milliseconds; in YAML, write the unit.",
  },
  LLMSPELL_E_BYTES: {
    message: ({ value }: BadValue) => `Expected a size such as "512KiB", "64MiB" or "1GB", found ${show(value)}.`,
    hint: "In code, a number counts bytes; in YAML, write the unit.",
  },
  LLMSPELL_E_RATE: {
    message: ({ value }: BadValue) => `Expected a rate such as "100/s", "30/m" or "1000/h", found ${show(value)}.`,
    hint: "In code, a number counts per second; in YAML, write the unit.",
  },
});

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
