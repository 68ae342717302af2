import type { Diagnostic } from "./diagnostic.ts";

/** Errors that leave a value unknown, but hide no plugin and no part of the configuration. */
const ABOUT_VALUES: ReadonlySet<string> = new Set([
  "LLMSPELL_E_ENVIRONMENT_UNSET",
  "LLMSPELL_E_ENVIRONMENT_SYNTAX",
  "LLMSPELL_E_VARIABLE_UNKNOWN",
]);

const CONSEQUENCES: ReadonlySet<string> = new Set([
  "LLMSPELL_E_SECTION_UNKNOWN",
  "LLMSPELL_E_KIND_UNKNOWN",
  "LLMSPELL_E_IMPLEMENTATION_UNKNOWN",
  "LLMSPELL_E_REFERENCE_UNKNOWN",
  "LLMSPELL_E_PLUGIN_SCHEMA",
]);

/**
 * What was found wrong, without what only follows from earlier errors: with a plugin missing, what it would have
 * offered is unknown too, which says nothing new; a slip still does.
 */
export function withoutConsequences(
  found: readonly Diagnostic[],
  earlier: readonly Diagnostic[],
): readonly Diagnostic[] {
  if (earlier.every(({ code }) => ABOUT_VALUES.has(code))) return found;
  return found.filter(({ code, hint }) => !CONSEQUENCES.has(code) || hint?.startsWith("Did you mean") === true);
}
