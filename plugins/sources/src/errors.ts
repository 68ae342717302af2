import { defineErrors } from "@llmspell/base";

interface InFile {
  readonly path: string;
}

export const sourceErrors = defineErrors({
  LLMSPELL_E_SOURCE_OPTIONS: {
    message: ({ problem }: { problem: string }) => `The source's options do not fit: ${problem}.`,
  },
  LLMSPELL_E_SOURCE_FILE: {
    message: ({ path, problem }: InFile & { problem: string }) => `${path} cannot be read: ${problem}`,
    hint: "Check the source's `path` or `module`, and that the file is what the source expects.",
  },
  LLMSPELL_E_SOURCE_RECORDS: {
    message: ({ path, where, found }: InFile & { where: string; found: string }) =>
      `Expected a list of records ${where} ${path}, found ${found}.`,
    hint: "Say with `records` where the list is: `records: document.items`.",
  },
  LLMSPELL_E_SOURCE_LINE: {
    message: ({ path, line, problem }: InFile & { line: number; problem: string }) =>
      `${path}:${line} is not valid JSON: ${problem}`,
    hint: "Mend the line, or leave such lines out with `onBadLine: skip`.",
  },
});
