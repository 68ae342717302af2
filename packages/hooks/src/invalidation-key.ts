import { compileText, type Scope } from "@llmspell/expressions";

/**
 * Compiles the template of an invalidation key. Who keeps an answer and who has it forgotten must come to the same text,
 * so both compile their keys by this.
 *
 * @throws LLMSPELL_E_TEMPLATE; the compiled key throws LLMSPELL_E_EXPRESSION_VALUE
 */
export function compileInvalidationKey(source: string, variables: readonly string[]): (scope: Scope) => string {
  return compileText(source, variables);
}
