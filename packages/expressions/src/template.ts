import {
  compileExpression,
  type Expression,
  type ExpressionProblem,
  findExpressionProblem,
  type Scope,
} from "./expression.ts";
import { expressionErrors } from "./expression-errors.ts";

/** A string with `{{ CEL }}` in it, compiled. */
export interface Template {
  readonly source: string;
  /**
   * The text with each expression's value in its place. A template that is one expression and nothing else yields
   * that expression's value itself, whatever its type.
   *
   * @throws LLMSPELL_E_EXPRESSION_VALUE as `Expression.evaluate`
   */
  render(scope: Scope): unknown;
}

interface Segment {
  readonly kind: "text" | "expression";
  readonly text: string;
  /** Where `text` begins in the template's source. */
  readonly offset: number;
}

/**
 * Compiles a template whose expressions may use `variables`. A literal `{{` is written `{{ "{{" }}`.
 *
 * @throws LLMSPELL_E_TEMPLATE when an expression does not compile or is not closed
 */
export function compileTemplate(source: string, variables: readonly string[]): Template {
  const problem = findTemplateProblem(source, variables);
  if (problem !== undefined) throw expressionErrors.LLMSPELL_E_TEMPLATE({ source, problem: problem.message });
  const parts = split(source).map((segment) =>
    segment.kind === "text" ? segment.text : compileExpression(segment.text.trim(), variables),
  );
  const [only] = parts;
  if (parts.length === 1 && typeof only === "object") return { source, render: (scope) => only.evaluate(scope) };
  return { source, render: (scope) => parts.map((part) => renderPart(part, scope)).join("") };
}

/**
 * Compiles a template for text, also where it is one expression alone, whose value may be of any type; see `textOf`.
 *
 * @throws as `compileTemplate`; what it returns, as `Template.render`
 */
export function compileText(source: string, variables: readonly string[]): (scope: Scope) => string {
  const template = compileTemplate(source, variables);
  return (scope) => textOf(template.render(scope));
}

/** What is wrong with a template, and where in its source; `undefined` when it compiles. */
export function findTemplateProblem(source: string, variables: readonly string[]): ExpressionProblem | undefined {
  for (const segment of split(source)) {
    if (segment.kind === "text") {
      const open = segment.text.indexOf("{{");
      if (open >= 0) return { message: "`{{` is not closed by `}}`", offset: segment.offset + open };
      continue;
    }
    const expression = segment.text.trim();
    if (expression === "") return { message: "there is no expression between `{{` and `}}`", offset: segment.offset };
    const problem = findExpressionProblem(expression, variables);
    if (problem !== undefined) {
      const indent = segment.text.length - segment.text.trimStart().length;
      return { message: problem.message, offset: segment.offset + indent + problem.offset };
    }
  }
  return undefined;
}

function split(source: string): Segment[] {
  const segments: Segment[] = [];
  let position = 0;
  while (position < source.length) {
    const open = source.indexOf("{{", position);
    const close = open < 0 ? -1 : findClose(source, open + 2);
    if (close < 0) break;
    if (open > position) segments.push({ kind: "text", text: source.slice(position, open), offset: position });
    segments.push({ kind: "expression", text: source.slice(open + 2, close), offset: open + 2 });
    position = close + 2;
  }
  if (position < source.length) segments.push({ kind: "text", text: source.slice(position), offset: position });
  return segments;
}

/** A CEL string or a brace: what decides where an expression ends. */
const STRING_OR_BRACE = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{}]/g;

/** Finds the `}}` that ends an expression, past CEL strings and map literals that contain braces themselves. */
function findClose(source: string, from: number): number {
  let depth = 0;
  for (const { 0: token, index } of source.slice(from).matchAll(STRING_OR_BRACE)) {
    if (token === "{") depth++;
    else if (token === "}" && depth > 0) depth--;
    else if (token === "}") return source.startsWith("}}", from + index) ? from + index : -1;
  }
  return -1;
}

function renderPart(part: string | Expression, scope: Scope): string {
  return typeof part === "string" ? part : textOf(part.evaluate(scope));
}

/** A value as text: objects and lists as JSON, nothing as the empty text. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
