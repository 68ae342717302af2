import { expect, it } from "vitest";
import { countOf, formatCount, formatDuration } from "./figures.ts";

it.each([
  [0, "0.00 ms"],
  [0.123, "0.12 ms"],
  [9.994, "9.99 ms"],
  [9.996, "10.0 ms"],
  [85.04, "85.0 ms"],
  [99.96, "100 ms"],
  [999.4, "999 ms"],
  [999.6, "1.00 s"],
  [59_994, "59.99 s"],
  [59_999, "1m 0s"],
  [200_400, "3m 20s"],
])("writes %d milliseconds as %s", (milliseconds, text) => {
  expect(formatDuration(milliseconds)).toBe(text);
});

it("writes counts with their thousands apart and nouns in their number", () => {
  expect(formatCount(1234567)).toBe("1,234,567");
  expect([countOf(0, "plugin"), countOf(1, "plugin"), countOf(1000, "plugin")]).toEqual([
    "0 plugins",
    "1 plugin",
    "1,000 plugins",
  ]);
});
