import { defineErrors } from "@llmspell/base";

/** Every error of the tool `local_search`, by code. */
export const searchToolErrors = defineErrors({
  LLMSPELL_E_TOOL_SEARCH_FOLDER: {
    message: ({ folder, problem }: { folder: string; problem: string }) =>
      `The folder ${folder} cannot be searched: ${problem}.`,
    hint: "Check that the folder exists and may be read.",
  },
});
