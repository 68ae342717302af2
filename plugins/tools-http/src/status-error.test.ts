import { expect, it } from "vitest";
import { parseRetryAfter } from "./status-error.ts";

const now = Date.parse("2026-01-01T00:00:00Z");

it.each([
  [undefined, undefined],
  ["0", 0],
  [" 120 ", 120_000],
  ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
  ["Wed, 31 Dec 2025 00:00:00 GMT", 0],
  ["soon", undefined],
  ["-5", undefined],
])("Retry-After: %s asks to wait %s ms", (value, wait) => {
  expect(parseRetryAfter(value, now)).toBe(wait);
});
