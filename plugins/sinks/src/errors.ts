import { defineErrors } from "@llmspell/base";

interface OnFile {
  readonly path: string;
}

export const sinkErrors = defineErrors({
  LLMSPELL_E_SINK_FILE: {
    message: ({ path, problem }: OnFile & { problem: string }) => `${path} cannot be written: ${problem}`,
    hint: "Give each sink a `path` of its own; check the rights on its directory, and the room on the disk.",
  },
  LLMSPELL_E_SINK_RECORD: {
    message: ({ path, problem }: OnFile & { problem: string }) =>
      `A record for ${path} cannot be written as JSON: ${problem}.`,
    hint: "Write what JSON can hold: no functions, no bigints, no circular references, not nothing.",
    final: true,
  },
  LLMSPELL_E_SINK_CLOSED: {
    message: ({ path }: OnFile) => `The sink for ${path} has been closed.`,
    hint: "Write before it is disposed.",
    final: true,
  },
});
