import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOfString, estimatedBytes } from "./estimated-bytes.ts";

const bytes = (value: unknown) => estimatedBytes(value, Number.POSITIVE_INFINITY);

describe("estimatedBytes", () => {
  it("counts what a value holds", () => {
    expect(bytes("x".repeat(1000))).toBe(bytesOfString("x".repeat(1000)));
    expect(bytes(new Uint8Array(5000))).toBe(5040);
    expect(bytes(new ArrayBuffer(5000))).toBe(5040);
    expect(bytes(2n ** 8000n)).toBeGreaterThan(1000);
    expect(bytes(["ab", "cd"]) - bytes(["ab"])).toBe(bytesOfString("cd") + 8);
    expect(bytes(new Set(["ab", "cd"])) - bytes(new Set(["ab"]))).toBe(bytesOfString("cd") + 8);
    expect(bytes(new Map([["key", "value"]]))).toBeGreaterThan(bytesOfString("key") + bytesOfString("value"));
    expect(bytes({ a: { b: "deep".repeat(100) } })).toBeGreaterThan(bytesOfString("deep".repeat(100)));
  });

  it("counts what is shared once, and comes to an end where data contains itself", () => {
    const shared = { text: "x".repeat(1000) };
    expect(bytes([shared, shared]) - bytes([shared])).toBe(8);
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    expect(bytes(cycle)).toBeGreaterThan(0);
  });

  it("stops soon after the limit", () => {
    let looked = 0;
    const value = Array.from({ length: 1000 }, () => ({
      get text() {
        looked++;
        return "x";
      },
    }));
    expect(estimatedBytes(value, 10_000)).toBeGreaterThan(10_000);
    expect(looked).toBeLessThan(100);
  });

  it("is no less than the value's content in UTF-16", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => bytes(value) >= stringsIn(value).join("").length * 2));
  });
});

function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}
