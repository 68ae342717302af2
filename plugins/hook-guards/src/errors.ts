import { defineErrors } from "@llmspell/base";

/** Every error of the guards, by code. */
export const guardErrors = defineErrors({
  LLMSPELL_E_HOOK_GUARD_PATTERN: {
    message: ({ hook, name, problem }: { hook: string; name: string; problem: string }) =>
      `The pattern "${name}" of the hook ${hook} cannot be used: ${problem}.`,
    hint: "Give a regular expression without look-around and back-references, under a name of its own.",
  },
  LLMSPELL_E_HOOK_GUARD_SCHEMA: {
    message: ({ schemaFile = "`schema`", problem }: { schemaFile: string | undefined; problem: string }) =>
      `The schema of the hook json_schema (${schemaFile}) cannot be used: ${problem}.`,
    hint: "Give a JSON Schema of draft-07, or of draft 2020-12 with its `$schema`; patterns without look-around.",
    final: true,
  },
});
