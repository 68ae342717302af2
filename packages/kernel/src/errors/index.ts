export { defineErrors, type ErrorDefinition, type ErrorTable } from "./error-table.ts";
export { type ErrorCode, isLlmspellError, LlmspellError, messageOf } from "./llmspell-error.ts";
