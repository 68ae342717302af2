import { compileTemplate, type Scope } from "@llmspell/expressions";

/** Any value whose strings are templates, compiled: gives the value for a scope. */
export type DataTemplate = (scope: Scope) => unknown;

/**
 * Compiles every string in a value, at any depth. What holds no expression is given out as it is, not copied.
 *
 * @throws LLMSPELL_E_TEMPLATE; the compiled template LLMSPELL_E_EXPRESSION_VALUE
 */
export function compileData(value: unknown, variables: readonly string[]): DataTemplate {
  return compileDynamic(value, variables) ?? (() => value);
}

/** `undefined` when nothing in the value depends on the scope. */
function compileDynamic(value: unknown, variables: readonly string[]): DataTemplate | undefined {
  if (typeof value === "string") {
    if (!value.includes("{{")) return undefined;
    const template = compileTemplate(value, variables);
    return (scope) => template.render(scope);
  }
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    const items = value.map((item) => compileDynamic(item, variables));
    if (items.every((item) => item === undefined)) return undefined;
    return (scope) => items.map((item, index) => (item === undefined ? value[index] : item(scope)));
  }
  const entries = Object.entries(value).map(([key, item]) => [key, item, compileDynamic(item, variables)] as const);
  if (entries.every(([, , item]) => item === undefined)) return undefined;
  return (scope) => Object.fromEntries(entries.map(([key, constant, item]) => [key, item ? item(scope) : constant]));
}
