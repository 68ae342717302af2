import { describe, expect, it } from "vitest";
import { StderrTail } from "./stderr-tail.ts";

function tailOf(...texts: readonly string[]) {
  const lines: string[] = [];
  const tail = new StderrTail((line) => void lines.push(line));
  for (const text of texts) tail.push(text);
  return { tail, lines };
}

describe("StderrTail", () => {
  it("puts lines together from pieces, and keeps the one that is not ended", () => {
    const { tail, lines } = tailOf("fir", "st\r\nsec", "ond\n\nthi", "rd");
    expect(lines).toEqual(["first", "second", ""]);
    expect(tail.text).toBe("first\nsecond\n\nthird");
    tail.endLine();
    tail.endLine();
    expect(lines).toEqual(["first", "second", "", "third"]);
  });

  it("keeps the last 20 lines, says how many came before, and cuts long ones", () => {
    const { tail } = tailOf(...Array.from({ length: 25 }, (_, index) => `${index} ${"x".repeat(1000)}\n`));
    const [before, ...kept] = tail.text.split("\n");
    expect(before).toBe("(5 lines before)");
    expect(kept.map((line) => line.slice(0, 3).trim())).toEqual(
      Array.from({ length: 20 }, (_, index) => expect.stringMatching(new RegExp(`^${index + 5}`))),
    );
    expect(new Set(kept.map((line) => line.length))).toEqual(new Set([500]));
  });

  it("keeps no more of a line without end", () => {
    const { tail } = tailOf(...Array.from({ length: 100 }, () => "y".repeat(100)));
    expect(tail.text).toBe("y".repeat(500));
  });
});
