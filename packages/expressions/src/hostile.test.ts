import { describe, expect, it } from "vitest";
import { compileExpression, findExpressionProblem } from "./expression.ts";
import { compileTemplate, findTemplateProblem } from "./template.ts";

const evaluate = (source: string, event: unknown) => compileExpression(source, ["event"]).evaluate({ event });

describe("expressions that mean no good", () => {
  it.each(["event.constructor", "event.__proto__", "event.toString"])("%s reads nothing that is not data", (source) => {
    expect(() => evaluate(source, {})).toThrow(expect.objectContaining({ code: "LLMSPELL_E_EXPRESSION_VALUE" }));
  });

  it("nested past all reason are a problem, not a crash", () => {
    const deep = `${"(".repeat(20_000)}1${")".repeat(20_000)}`;
    expect(findExpressionProblem(deep, [])?.message).toBeTypeOf("string");
    expect(findExpressionProblem(`${"!".repeat(20_000)}true`, [])?.message).toBeTypeOf("string");
  });

  it("that are empty, or of blanks, end too early", () => {
    expect(findExpressionProblem("", [])).toEqual({ message: "it ends too early", offset: 0 });
    expect(findExpressionProblem("  ", [])?.message).toBe("it ends too early");
  });

  it("know only their own variables, whatever was compiled before", () => {
    expect(findExpressionProblem("line.a", ["line"])).toBeUndefined();
    expect(findExpressionProblem("line.a", ["event"])?.message).toBe("Unknown variable: line");
  });
});

describe("templates that mean no good", () => {
  it("with many braces are found out in time that grows with them, not with their square", () => {
    expect(findTemplateProblem("{{".repeat(5_000), [])?.message).toBe("`{{` is not closed by `}}`");
    expect(findTemplateProblem(`{{ ${'"'.repeat(9_999)} }}`, [])?.message).toBeTypeOf("string");
  });

  it("do not render what a value brings in", () => {
    const render = (source: string, event: unknown) => compileTemplate(source, ["event"]).render({ event });
    expect(render("a {{ event.x }}", { x: "{{ event.y }}" })).toBe("a {{ event.y }}");
  });
});
