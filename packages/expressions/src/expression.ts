import { messageOf } from "@llmspell/base";
import { type ASTNode, Environment, Optional } from "@marcbachmann/cel-js";
import { expressionErrors } from "./expression-errors.ts";

/** The values that an expression can name, by variable. */
export type Scope = Readonly<Record<string, unknown>>;

/** A compiled CEL expression (https://cel.dev). */
export interface Expression {
  readonly source: string;
  /**
   * The expression's value, as JSON can write it: whole numbers come back as JavaScript numbers, durations as "5s" or
   * "1500ms", timestamps as ISO 8601, bytes as base64, an optional (`a.?b`) as its value or `null`. What is read out of the
   * scope comes back as it is.
   *
   * @throws LLMSPELL_E_EXPRESSION_VALUE when the scope lacks a key or a type does not fit
   */
  evaluate(scope: Scope): unknown;
}

/** Why an expression does not compile, and where in its source (offset in characters). */
export interface ExpressionProblem {
  readonly message: string;
  readonly offset: number;
}

const environments = new Map<string, Environment>();

/**
 * Compiles a CEL expression that may use `variables` and no others.
 *
 * Numbers from JSON are CEL doubles; arithmetic between them and integer literals is allowed here, which CEL itself
 * leaves to explicit conversion.
 *
 * @throws LLMSPELL_E_EXPRESSION when it does not parse or names an unknown variable
 */
export function compileExpression(source: string, variables: readonly string[]): Expression {
  const problem = findExpressionProblem(source, variables);
  if (problem !== undefined) throw expressionErrors.LLMSPELL_E_EXPRESSION({ source, problem: problem.message });
  const program = environmentFor(variables).parse(source);
  const normalize = isPlainAccess(program.ast) ? shallowJsonOf : jsonOf;
  return {
    source,
    evaluate(scope) {
      try {
        return normalize(program(scope));
      } catch (error) {
        throw expressionErrors.LLMSPELL_E_EXPRESSION_VALUE({ source, problem: firstLine(error) }, { cause: error });
      }
    },
  };
}

/** A compiled condition: an expression that must yield true or false. */
export type Condition = (scope: Scope) => boolean;

/**
 * Compiles a CEL expression that answers yes or no.
 *
 * @throws LLMSPELL_E_EXPRESSION as `compileExpression`; the condition itself throws LLMSPELL_E_EXPRESSION_VALUE, also
 * when its value is not a boolean
 */
export function compileCondition(source: string, variables: readonly string[]): Condition {
  const expression = compileExpression(source, variables);
  return (scope) => {
    const value = expression.evaluate(scope);
    if (typeof value === "boolean") return value;
    throw expressionErrors.LLMSPELL_E_EXPRESSION_VALUE({
      source,
      problem: `expected true or false, found ${typeof value}`,
    });
  };
}

/** What is wrong with an expression's syntax, names or types; `undefined` when it compiles. */
export function findExpressionProblem(source: string, variables: readonly string[]): ExpressionProblem | undefined {
  const check = environmentFor(variables).check(source);
  if (check.valid) return undefined;
  const message = firstLine(check.error).replace(/^Unexpected token: EOF$/, "it ends too early");
  return { message, offset: check.error?.range?.start ?? 0 };
}

function environmentFor(variables: readonly string[]): Environment {
  const key = variables.join(" ");
  let environment = environments.get(key);
  if (environment === undefined) {
    environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
    for (const variable of variables) environment.registerVariable(variable, "dyn");
    registerMixedArithmetic(environment);
    environments.set(key, environment);
  }
  return environment;
}

/** JSON has no integers, so `event.data.count + 1` would otherwise be an error: double + int. */
function registerMixedArithmetic(environment: Environment): void {
  const operations: Readonly<Record<string, (left: number, right: number) => number>> = {
    "+": (left, right) => left + right,
    "-": (left, right) => left - right,
    "*": (left, right) => left * right,
    "/": (left, right) => left / right,
    "%": (left, right) => left % right,
  };
  for (const [operator, compute] of Object.entries(operations)) {
    const mixed = (left: number | bigint, right: number | bigint) => compute(Number(left), Number(right));
    environment.registerOperator(`double ${operator} int: double`, mixed);
    environment.registerOperator(`int ${operator} double: double`, mixed);
    if (operator === "%") environment.registerOperator("double % double: double", mixed);
  }
}

/** Reading a value out of the scope creates no CEL integers, so the value need not be walked. */
function isPlainAccess(node: ASTNode): boolean {
  if (node.op === "id") return true;
  return (node.op === "." || node.op === ".?") && isPlainAccess(node.args[0]);
}

function shallowJsonOf(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  return value instanceof Optional ? shallowJsonOf(value.orValue(null)) : value;
}

/** Writes what JSON has no form for as JSON can; copies only what holds such a value, everything else keeps its identity. */
function jsonOf(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(jsonOf);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value).map(([key, item]) => [key, item, jsonOf(item)] as const);
    if (entries.every(([, before, after]) => before === after)) return value;
    return Object.fromEntries(entries.map(([key, , after]) => [key, after]));
  }
  if (value instanceof Optional) return jsonOf(value.orValue(null));
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return isDuration(value) ? durationText(value.valueOf()) : value;
}

/** Whether it is the value of a CEL duration, a class that the evaluator does not export; `valueOf` gives milliseconds. */
function isDuration(value: object): value is { valueOf(): number } {
  return "seconds" in value && typeof value.seconds === "bigint" && typeof value.valueOf() === "number";
}

/** As `Duration` of `@llmspell/base` is written, to the millisecond. */
function durationText(milliseconds: number): string {
  const whole = Math.round(milliseconds);
  return whole % 1000 === 0 ? `${whole / 1000}s` : `${whole}ms`;
}

function firstLine(error: unknown): string {
  return (messageOf(error).split("\n")[0] ?? "").replace(/\.$/, "");
}
