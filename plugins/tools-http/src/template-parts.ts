import { compileTemplate, findTemplateProblem, type Scope } from "@llmspell/expressions";

/** The one variable of a tool's templates. */
export const VARIABLES = ["input"];

/** One stretch of a template: text as it stands, or an expression by itself. */
export type TemplatePart = string | ((scope: Scope) => unknown);

/**
 * Takes a template apart, for places where each value must be written in a way of its own.
 *
 * @throws LLMSPELL_E_TEMPLATE; a part LLMSPELL_E_EXPRESSION_VALUE
 */
export function templateParts(source: string): TemplatePart[] {
  compileTemplate(source, VARIABLES);
  const parts: TemplatePart[] = [];
  let position = 0;
  for (let open = source.indexOf("{{"); open >= 0; open = source.indexOf("{{", position)) {
    const end = endOfExpression(source, open);
    if (open > position) parts.push(source.slice(position, open));
    const template = compileTemplate(source.slice(open, end), VARIABLES);
    parts.push((scope) => template.render(scope));
    position = end;
  }
  if (position < source.length) parts.push(source.slice(position));
  return parts;
}

/** The first `}}` with which the expression compiles: one inside a CEL text or map leaves it unfinished. */
function endOfExpression(source: string, open: number): number {
  let close = source.indexOf("}}", open);
  while (close >= 0 && findTemplateProblem(source.slice(open, close + 2), VARIABLES) !== undefined) {
    close = source.indexOf("}}", close + 1);
  }
  return close < 0 ? source.length : close + 2;
}

/** Any value whose strings are templates, compiled: gives the value for a scope. */
export type ValueTemplate = (scope: Scope) => unknown;

/**
 * Compiles every string in a value, at any depth; a string that is one expression alone gives that expression's value.
 *
 * @throws LLMSPELL_E_TEMPLATE; the compiled value LLMSPELL_E_EXPRESSION_VALUE
 */
export function compileValue(value: unknown): ValueTemplate {
  if (typeof value === "string") {
    const template = compileTemplate(value, VARIABLES);
    return (scope) => template.render(scope);
  }
  if (typeof value !== "object" || value === null) return () => value;
  if (Array.isArray(value)) {
    const items = value.map(compileValue);
    return (scope) => items.map((item) => item(scope));
  }
  const entries = Object.entries(value).map(([key, item]) => [key, compileValue(item)] as const);
  return (scope) => Object.fromEntries(entries.map(([key, item]) => [key, item(scope)]));
}
