import { compileTemplate, type Scope } from "@llmspell/expressions";

/**
 * Compiles the template of an invalidation key. A key is a text, also where the template is one expression alone, whose value
 * may be of any type: objects and lists are written as JSON, and nothing is the empty text, as within a longer template.
 * Who keeps an answer and who has it forgotten must come to the same text, so both compile their keys by this.
 *
 * @throws LLMSPELL_E_TEMPLATE; the compiled key throws LLMSPELL_E_EXPRESSION_VALUE
 */
export function compileInvalidationKey(source: string, variables: readonly string[]): (scope: Scope) => string {
  const template = compileTemplate(source, variables);
  return (scope) => {
    const value = template.render(scope) ?? "";
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  };
}
