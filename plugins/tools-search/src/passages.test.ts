import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { passagesOf } from "./passages.ts";

describe("passagesOf", () => {
  it("cuts at headings, which are the titles of what follows", () => {
    const text = "Before.\n# One ##\nA.\n\n## Two\nB.\nC.";
    expect(passagesOf("a/b.md", text)).toEqual([
      { id: "a/b.md#0", path: "a/b.md", title: "b.md", text: "Before.", line: 1 },
      { id: "a/b.md#1", path: "a/b.md", title: "One", text: "# One ##\nA.\n", line: 2 },
      { id: "a/b.md#2", path: "a/b.md", title: "Two", text: "## Two\nB.\nC.", line: 5 },
    ]);
  });

  it("cuts a long text at blank lines, and a long paragraph between lines", () => {
    const paragraph = Array.from({ length: 10 }, () => "x".repeat(99)).join("\n");
    const lines = passagesOf("a.txt", [paragraph, "", paragraph, "", "end"].join("\n")).map(({ line, text }) => [
      line,
      text.length,
    ]);
    expect(lines).toEqual([
      [1, 2001],
      [23, 3],
    ]);
    expect(passagesOf("a.txt", [paragraph, paragraph, paragraph].join("\n")).map(({ line }) => line)).toEqual([1, 25]);
  });

  it("cuts a line without end between words, all on that line", () => {
    const passages = passagesOf("a.json", `first\n${"word ".repeat(1000)}\nlast`);
    expect(passages.map(({ line, text }) => [line, text.length])).toEqual([
      [1, 5],
      [2, 2400],
      [2, 2400],
      [2, 200],
      [3, 4],
    ]);
  });

  it("loses nothing, and each line is where it says", () => {
    const line = fc.oneof(
      fc.constant(""),
      fc.constant("# Heading"),
      fc.integer({ min: 1, max: 700 }).map((length) => "ab ".repeat(length).trim()),
      fc.integer({ min: 1, max: 3000 }).map((length) => "ä".repeat(length)),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const passages = passagesOf("a.md", lines.join("\n"));
        const letters = (text: string) => text.replaceAll(/\s/g, "");
        expect(letters(passages.map(({ text }) => text).join(""))).toBe(letters(lines.join("")));
        expect(new Set(passages.map(({ id }) => id)).size).toBe(passages.length);
        for (const { text, line } of passages) {
          expect(text.length).toBeLessThanOrEqual(2 * 1200 + 1);
          for (const [index, passageLine] of text.split("\n").entries()) {
            expect(lines[line - 1 + index] ?? "").toContain(passageLine);
          }
        }
      }),
    );
  });
});
