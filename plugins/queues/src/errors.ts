import { defineErrors } from "@llmspell/base";

interface OnFile {
  readonly path: string;
}

/** Every error of this package. */
export const queueErrors = defineErrors({
  LLMSPELL_E_QUEUE_OPEN: {
    message: ({ path, problem }: OnFile & { problem: string }) => `The queue in ${path} cannot be opened: ${problem}`,
    hint: "Give each channel's queue a `path` of its own that no other process uses; check the rights on its directory.",
  },
  LLMSPELL_E_QUEUE_FULL: {
    message: ({ path }: OnFile) => `The queue in ${path} has no room for more events.`,
    hint: "Raise `maxSize`, make room on the disk, or add subscribers; room is there again as events are handled.",
  },
  LLMSPELL_E_QUEUE_WRITE: {
    message: ({ path, problem }: OnFile & { problem: string }) => `The queue in ${path} cannot be written: ${problem}`,
    hint: "Check the disk and the rights on the file; nothing of what was being written is kept.",
  },
  LLMSPELL_E_QUEUE_CHANGED: {
    message: ({ path, missing }: OnFile & { missing: number }) =>
      `The queue in ${path} was changed from outside: ${missing} events are missing.`,
    hint: "Leave the file to the process that has it open; put it where file locks work, not on a network share.",
  },
  LLMSPELL_E_QUEUE_EVENT: {
    message: ({ path, id, problem }: OnFile & { id: string; problem: string }) =>
      `The data of event ${id} cannot be kept in ${path}: ${problem}`,
    hint: "Emit what JSON can hold: no functions, no bigints, no circular references.",
    final: true,
  },
  LLMSPELL_E_QUEUE_CLOSED: {
    message: ({ path }: OnFile) => `The queue in ${path} is not open.`,
    hint: "Await `open()` of the bus before events are emitted, and emit none once it is disposed.",
  },
});
