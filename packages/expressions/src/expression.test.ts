import { describe, expect, it } from "vitest";
import { compileCondition, compileExpression, findExpressionProblem } from "./expression.ts";
import { compileTemplate, findTemplateProblem } from "./template.ts";

const evaluate = (source: string, event: unknown) => compileExpression(source, ["event"]).evaluate({ event });

describe("expressions", () => {
  it("counts with JSON numbers and integer literals", () => {
    expect(evaluate("event.n + 1", { n: 1 })).toBe(2);
    expect(evaluate("1 - event.n * 2.5", { n: 2 })).toBe(-4);
    expect(evaluate("event.n % 2 == 1", { n: 3 })).toBe(true);
  });

  it("returns whole numbers as JavaScript numbers, also inside what it builds", () => {
    expect(evaluate('{"a": [1, event.n], "b": size(event.list)}', { n: 2, list: [1] })).toEqual({ a: [1, 2], b: 1 });
  });

  it.each([
    ['duration("5s")', "5s"],
    ['duration("1500ms")', "1500ms"],
    ['duration("-1.5s")', "-1500ms"],
    ['duration("1h")', "3600s"],
    ['duration("-100us")', "0s"],
    ['timestamp("2024-01-02T03:04:05Z")', "2024-01-02T03:04:05.000Z"],
    ['timestamp("2024-01-02T03:04:05Z") - timestamp("2024-01-02T03:04:00Z")', "5s"],
    ['b"abc"', "YWJj"],
    ['[b"abc", {"wait": [duration("1s")]}]', ["YWJj", { wait: ["1s"] }]],
    ['{"seconds": 1, "nanos": event.n}', { seconds: 1, nanos: 2 }],
  ])("returns what JSON has no form for as text: %s", (source, expected) => {
    expect(evaluate(source, { n: 2 })).toEqual(expected);
  });

  it("returns what it reads out of the scope as it is", () => {
    const data = { n: 1 };
    expect(evaluate("event.data", { data })).toBe(data);
  });

  it.each([
    ["event.?n", 2],
    ["event.?missing", null],
    ["event.?missing.deeper", null],
    ['{"n": event.?n, "none": event.?missing}', { n: 2, none: null }],
    ["event.?missing.orValue(3)", 3],
  ])("returns what may be missing as its value or nothing: %s", (source, expected) => {
    expect(evaluate(source, { n: 2 })).toEqual(expected);
  });

  it("fails with its own code when a key is missing", () => {
    expect(() => evaluate("event.data.missing", { data: {} })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_EXPRESSION_VALUE" }),
    );
  });

  it("reports an unknown variable and a syntax error with their offsets", () => {
    expect(findExpressionProblem("evnt.type == 'a'", ["event"])).toEqual({
      message: "Unknown variable: evnt",
      offset: 0,
    });
    expect(findExpressionProblem("event.type ==", ["event"])?.offset).toBeGreaterThanOrEqual(13);
    expect(findExpressionProblem("event.type == 'a'", ["event"])).toBeUndefined();
  });

  it("refuses a condition whose value is no boolean", () => {
    const condition = compileCondition("event.n", ["event"]);
    expect(() => condition({ event: { n: 1 } })).toThrow("expected true or false, found number");
  });
});

describe("templates", () => {
  const render = (source: string, event: unknown) => compileTemplate(source, ["event"]).render({ event });

  it("keeps the type of a lone expression and writes text otherwise", () => {
    expect(render("{{ event.list }}", { list: [1] })).toEqual([1]);
    expect(render("#{{ event.n }} {{ event.list }}{{ event.none }}", { n: 1, list: [1], none: null })).toBe("#1 [1]");
    expect(render("plain", {})).toBe("plain");
    expect(render('after {{ duration("5s") }}', {})).toBe("after 5s");
  });

  it("finds the end of an expression behind strings and maps", () => {
    expect(render('{{ "}}" }}!', {})).toBe("}}!");
    expect(render('{{ {"a": {"b": event.n}} }}', { n: 1 })).toEqual({ a: { b: 1 } });
  });

  it("reports the place of an error inside the template", () => {
    expect(findTemplateProblem("a {{ evnt.x }}", ["event"])).toEqual({ message: "Unknown variable: evnt", offset: 5 });
    expect(findTemplateProblem("a {{ event.x ", ["event"])).toEqual({
      message: "`{{` is not closed by `}}`",
      offset: 2,
    });
    expect(findTemplateProblem("{{ }}", ["event"])?.message).toBe("there is no expression between `{{` and `}}`");
  });
});
