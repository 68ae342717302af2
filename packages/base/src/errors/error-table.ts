import { type ErrorCode, LlmspellError } from "./llmspell-error.ts";

/** How an error of one code is worded. */
export interface ErrorDefinition<Details> {
  /** What was expected and what came, as one or more sentences. */
  readonly message: (details: Details) => string;
  /** What to do about it. */
  readonly hint?: string | ((details: Details) => string);
  /** That the same attempt would fail again: whoever retries need not. */
  readonly final?: boolean;
}

type ErrorDefinitions = Readonly<Record<ErrorCode, ErrorDefinition<never>>>;
type DetailsOf<Definition> = Definition extends ErrorDefinition<infer Details> ? Details : never;

/** One function a code: makes the error from its details. */
export type ErrorTable<Definitions extends ErrorDefinitions> = {
  readonly [Code in keyof Definitions]: (
    details: DetailsOf<Definitions[Code]>,
    options?: ErrorOptions,
  ) => LlmspellError;
};

/**
 * Declares a package's errors in one place.
 *
 * @example
 * const toolErrors = defineErrors({
 *   LLMSPELL_E_POOL_UNKNOWN: {
 *     message: ({ pool }: { pool: string }) => `There is no tool pool "${pool}".`,
 *     hint: "Declare it under `tools.pools`.",
 *   },
 * });
 * throw toolErrors.LLMSPELL_E_POOL_UNKNOWN({ pool: "search" });
 */
export function defineErrors<const Definitions extends ErrorDefinitions>(
  definitions: Definitions,
): ErrorTable<Definitions> {
  const entries = Object.entries(definitions) as [ErrorCode, ErrorDefinition<unknown>][];
  const table = entries.map(([code, definition]) => [
    code,
    (details: unknown, options?: ErrorOptions) => {
      const hint = typeof definition.hint === "function" ? definition.hint(details) : definition.hint;
      return new LlmspellError(code, definition.message(details), { ...options, hint, isFinal: definition.final });
    },
  ]);
  return Object.fromEntries(table) as ErrorTable<Definitions>;
}
