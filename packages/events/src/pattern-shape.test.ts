import fc from "fast-check";
import { RE2JS } from "re2js";
import { describe, expect, it } from "vitest";
import { PatternRoute } from "./event-routes.ts";
import { shapeOf } from "./pattern-shape.ts";

describe("shapeOf", () => {
  it.each([
    ["^user_", { prefix: "user_", isComplete: true }],
    ["^user_.*", { prefix: "user_", isComplete: true }],
    ["^user_.*$", { prefix: "user_", isComplete: false }],
    ["\\.failed$", { suffix: ".failed", isComplete: true }],
    ["^a\\.b$", { type: "a.b", isComplete: true }],
    ["^a.+z$", { prefix: "a", suffix: "z", isComplete: false }],
    ["^ab?c", { prefix: "a", isComplete: false }],
    ["^abc{2}d$", { prefix: "ab", suffix: "d", isComplete: false }],
    ["^(?:a|b)c$", { suffix: "c", isComplete: false }],
    ["^a|b$", { isComplete: false }],
    ["a", { isComplete: false }],
    ["^[ab]c", { isComplete: false }],
    ["a\\$", { isComplete: false }],
    ["^(?i)a$", { isComplete: false }],
    ["^a[[:alpha:]]$", { isComplete: false }],
  ])("reads %s", (source, shape) => {
    const { type, prefix, suffix, isComplete } = shapeOf(source, "u");
    expect({ type, prefix, suffix, isComplete }).toEqual({
      type: undefined,
      prefix: undefined,
      suffix: undefined,
      ...shape,
    });
  });

  it("reads nothing where flags change what literals mean", () => {
    expect(shapeOf("^a", "i")).toEqual({ isComplete: false });
    expect(shapeOf("^a$", "m")).toEqual({ isComplete: false });
  });
});

it("finds by prefix and suffix exactly what the expression matches", () => {
  const atom = fc.constantFrom("a", "b", "\\.", ".", "[ab]", "(?:ab)", "(a|b)", "\\w", "x");
  const quantified = fc.tuple(atom, fc.constantFrom("", "", "", "*", "+", "?", "{2}", "*?"));
  const pattern = fc
    .tuple(
      fc.boolean(),
      fc.array(
        quantified.map((parts) => parts.join("")),
        { minLength: 1, maxLength: 5 },
      ),
      fc.boolean(),
    )
    .map(([starts, parts, ends]) => `${starts ? "^" : ""}${parts.join("")}${ends ? "$" : ""}`);
  const types = fc
    .array(fc.constantFrom("a", "b", ".", "x", "ab", "\n"), { maxLength: 7 })
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(pattern, types, (source, type) => {
      const route = new PatternRoute(source);
      const { prefix = "", suffix = "" } = route;
      const isCandidate =
        (route.type === undefined || route.type === type) &&
        type.length >= prefix.length + suffix.length &&
        type.startsWith(prefix) &&
        type.endsWith(suffix);
      expect(isCandidate && route.matchesType(type)).toBe(RE2JS.compile(RE2JS.translateRegExp(source)).test(type));
    }),
    { numRuns: 5000 },
  );
});
