import { describe, expect, it } from "vitest";
import { Diagnostics } from "./diagnostic.ts";
import { displayPath, formatDiagnostic } from "./format-diagnostic.ts";
import { SourceFile } from "./source-file.ts";
import { didYouMean, enumerate, listNames, nearest } from "./suggestion.ts";

const CODE = "LLMSPELL_E_CONFIG_TYPE";

function framed(text: string, start: number, end: number): string[] {
  const file = new SourceFile("/project/a.yaml", text);
  const diagnostic = { code: CODE, severity: "error", message: "Wrong.", place: { file, start, end } } as const;
  return formatDiagnostic(diagnostic, { directory: "/project" }).split("\n").slice(2);
}

describe("SourceFile", () => {
  it("counts lines and columns from 1, without the byte order mark", () => {
    const file = new SourceFile("a.yaml", "\uFEFFone\r\ntwo\n\nfour");
    expect(file.text.startsWith("one")).toBe(true);
    expect([0, 2, 5, 9, 10, 14].map((offset) => file.position(offset))).toEqual([
      { line: 1, column: 1 },
      { line: 1, column: 3 },
      { line: 2, column: 1 },
      { line: 3, column: 1 },
      { line: 4, column: 1 },
      { line: 4, column: 5 },
    ]);
    expect([0, 1, 2, 3, 4, 5].map((line) => file.line(line))).toEqual(["", "one", "two", "", "four", ""]);
  });

  it("keeps an offset outside the text inside it", () => {
    const file = new SourceFile("a.yaml", "ab");
    expect([file.position(-5), file.position(99)]).toEqual([
      { line: 1, column: 1 },
      { line: 1, column: 3 },
    ]);
  });
});

describe("formatDiagnostic", () => {
  it("shows place, code, sentence, the line before, a caret as wide as what is marked, and what to do", () => {
    const file = new SourceFile("/project/sub/a.yaml", "name: a\nsize: lots\n");
    const place = { file, start: 14, end: 18 };
    const diagnostic = { code: CODE, severity: "error", message: "One.\nTwo.", hint: "Do.", place } as const;
    expect(formatDiagnostic(diagnostic, { directory: "/project" })).toBe(
      [
        "sub/a.yaml:2:7: error LLMSPELL_E_CONFIG_TYPE",
        "  One.",
        "  Two.",
        "  1 | name: a",
        "  2 | size: lots",
        "    |       ^^^^",
        "  Do.",
      ].join("\n"),
    );
  });

  it("colours only when asked to", () => {
    const diagnostic = { code: CODE, severity: "warning", message: "Old." } as const;
    expect(formatDiagnostic(diagnostic)).toBe("warning LLMSPELL_E_CONFIG_TYPE\n  Old.");
    expect(formatDiagnostic(diagnostic, { color: true })).toContain("\u001B[33mwarning\u001B[39m");
  });

  it("shows a tab as one column, a wide character as two, a combining mark as none", () => {
    expect(framed("\ta: x", 4, 5)).toEqual(["  1 |  a: x", "    |     ^"]);
    expect(framed("日本: x", 4, 5)).toEqual(["  1 | 日本: x", "    |       ^"]);
    expect(framed("e\u0301: x", 4, 5)).toEqual(["  1 | e\u0301: x", "    |    ^"]);
  });

  it("lets no control character through to a terminal", () => {
    expect(framed("a: \u001B[31mred", 0, 1)).toEqual(["  1 | a:  [31mred", "    | ^"]);
  });

  it("keeps the frame within its width, and marks what is cut off", () => {
    const rows = framed(`a: ${"x".repeat(300)}`, 3, 303);
    expect(rows.every((row) => row.length <= 6 + 110)).toBe(true);
    expect(rows[0]).toMatch(/^ {2}1 \| …x+…$/);
    expect(rows[1]).toMatch(/^ {4}\| \^+$/);
  });

  it("marks something also at the end of the file and of several lines only the first", () => {
    expect(framed("a:", 2, 2)).toEqual(["  1 | a:", "    |   ^"]);
    expect(framed("ab\ncd", 0, 5)).toEqual(["  1 | ab", "    | ^^"]);
  });
});

describe("displayPath", () => {
  it("is relative inside the directory, absolute outside", () => {
    expect(displayPath("/project/a/b.yaml", "/project")).toBe("a/b.yaml");
    expect(displayPath("/other/b.yaml", "/project")).toBe("/other/b.yaml");
    expect(displayPath("<stdin>", "/project")).toBe("<stdin>");
  });
});

describe("Diagnostics", () => {
  it("keeps what says the same of the same place once, and orders by file and place", () => {
    const file = new SourceFile("a.yaml", "one two");
    const diagnostics = new Diagnostics();
    diagnostics.error(CODE, "Second.", { file, start: 4, end: 7 });
    diagnostics.error(CODE, "First.", { file, start: 0, end: 3 });
    diagnostics.error(CODE, "First.", { file, start: 0, end: 3 });
    diagnostics.warn(CODE, "Nowhere.");
    expect(diagnostics.inOrder.map(({ message }) => message)).toEqual(["Nowhere.", "First.", "Second."]);
    expect([diagnostics.errors.length, diagnostics.warnings.length]).toEqual([2, 1]);
  });
});

describe("suggestions", () => {
  it.each([
    ["roundrobin", "round_robin"],
    ["hihg", "high"],
    ["Capacity", "capacity"],
    ["chanels", "channels"],
    ["cap", "capacity"],
    ["quantum", undefined],
    ["x", undefined],
    ["", undefined],
  ])("for %j: %s", (name, expected) => {
    expect(nearest(name, ["round_robin", "high", "capacity", "channels"])).toBe(expected);
  });

  it("has none without candidates", () => {
    expect(nearest("a", [])).toBeUndefined();
    expect(didYouMean("hihg", ["high"])).toBe("Did you mean `high`?");
  });

  it("lists names as a sentence does", () => {
    expect(listNames(["b", "a", "c"])).toBe("`a`, `b` or `c`");
    expect(enumerate(["b", "a"], "and")).toBe("`b` and `a`");
    expect(listNames(["a"])).toBe("`a`");
    expect(listNames([])).toBe("nothing");
    expect(listNames(Array.from({ length: 15 }, (_, index) => `n${10 + index}`))).toMatch(/`n21` or 3 more$/);
  });
});
