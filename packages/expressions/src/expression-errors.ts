import { defineErrors } from "@llmspell/base";

export const expressionErrors = defineErrors({
  LLMSPELL_E_EXPRESSION: {
    message: ({ source, problem }: { source: string; problem: string }) =>
      `The CEL expression \`${source}\` cannot be compiled: ${problem}.`,
    final: true,
  },
  LLMSPELL_E_EXPRESSION_VALUE: {
    message: ({ source, problem }: { source: string; problem: string }) =>
      `The CEL expression \`${source}\` has no value here: ${problem}.`,
    hint: "For a key that may be missing, write `has(event.data.key)` or `event.data.?key.orValue(false)`.",
    final: true,
  },
  LLMSPELL_E_TEMPLATE: {
    message: ({ source, problem }: { source: string; problem: string }) =>
      `The template ${JSON.stringify(source)} cannot be compiled: ${problem}.`,
    final: true,
  },
});
