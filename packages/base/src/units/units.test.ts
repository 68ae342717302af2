import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBytes } from "./bytes.ts";
import { parseDuration } from "./duration.ts";
import { parseRate } from "./rate.ts";

const raising = (code: string) => expect.objectContaining({ name: "LlmspellError", code });

describe("parseDuration", () => {
  it.each([
    ["250ms", 250],
    ["5s", 5000],
    ["1.5m", 90_000],
    ["1h", 3_600_000],
    ["2d", 172_800_000],
    ["0s", 0],
    [0, 0],
    [12.5, 12.5],
  ])("reads %s", (value, milliseconds) => {
    expect(parseDuration(value)).toBe(milliseconds);
  });

  it.each(["5", "5 s", "-5s", "5S", "", "s", "1e3ms", ".5s", "5s\n", -1, Number.NaN, Number.POSITIVE_INFINITY])(
    "refuses %j",
    (value) => {
      expect(() => parseDuration(value)).toThrow(raising("LLMSPELL_E_DURATION"));
    },
  );

  it("refuses what is finite only as a text", () => {
    expect(() => parseDuration(`${"9".repeat(400)}ms`)).toThrow(raising("LLMSPELL_E_DURATION"));
  });

  it("says what was expected, what came, and what to do", () => {
    expect(() => parseDuration("5")).toThrow(
      expect.objectContaining({
        message: 'Expected a duration such as "250ms", "5s", "3m", "1h" or "1d", found "5".',
        hint: "In code, a number counts milliseconds; in YAML, write the unit.",
      }),
    );
  });
});

describe("parseBytes", () => {
  it.each([
    ["100B", 100],
    ["1KB", 1000],
    ["1KiB", 1024],
    ["1.5MiB", 1_572_864],
    ["2GB", 2e9],
    ["1TiB", 2 ** 40],
    [7.4, 7],
  ])("reads %s", (value, bytes) => {
    expect(parseBytes(value)).toBe(bytes);
  });

  it.each(["64", "64mb", "64 MiB", "-1B", "KiB", -1, Number.NaN, `${"9".repeat(400)}B`])("refuses %j", (value) => {
    expect(() => parseBytes(value)).toThrow(raising("LLMSPELL_E_BYTES"));
  });
});

describe("parseRate", () => {
  it.each([
    ["100/s", 100],
    ["30/m", 0.5],
    ["3600/h", 1],
    [2.5, 2.5],
  ])("reads %s", (value, perSecond) => {
    expect(parseRate(value)).toBe(perSecond);
  });

  it.each(["0/s", "0.0/m", "5", "5/d", "-5/s", "/s", 0, -1, Number.NaN, `${"9".repeat(400)}/s`])(
    "refuses %j",
    (value) => {
      expect(() => parseRate(value)).toThrow(raising("LLMSPELL_E_RATE"));
    },
  );
});

it("reads a number and the same number with its smallest unit alike", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 }), (count) => {
      expect(parseDuration(`${count}ms`)).toBe(parseDuration(count));
      expect(parseBytes(`${count}B`)).toBe(parseBytes(count));
      expect(parseRate(`${count}/s`)).toBe(parseRate(count));
    }),
  );
});
