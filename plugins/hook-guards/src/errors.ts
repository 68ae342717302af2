import { defineErrors } from "@llmspell/base";

/** Every error of the guards, by code. */
export const guardErrors = defineErrors({
  LLMSPELL_E_HOOK_GUARD_PATTERN: {
    message: ({ name, problem }: { name: string; problem: string }) =>
      `The pattern "${name}" of the hook redact cannot be used: ${problem}.`,
    hint: "Give a regular expression that matches at least one character, under a name of its own.",
  },
});
