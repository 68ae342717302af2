import { defineErrors } from "@llmspell/base";

/** How a process ended, and what it wrote to standard error last. */
interface Ending {
  readonly command: string;
  /** `exit code 3`, `signal SIGKILL`. */
  readonly how: string;
  /** Why it was ended, where it did not end by itself. */
  readonly problem: string | undefined;
  /** Its last lines on standard error; empty when there are none. */
  readonly stderr: string;
}

/** Every error of the tool `process`, by code. */
export const processToolErrors = defineErrors({
  LLMSPELL_E_TOOL_PROCESS_START: {
    message: ({ command, problem }: { command: string; problem: string }) =>
      `The tool process ${command} could not be started: ${problem}`,
    hint: "`command` is a program on PATH, or a path relative to `cwd`, which must be there; no shell reads it.",
  },
  LLMSPELL_E_TOOL_PROCESS_EXIT: {
    message: ({ command, how, problem, stderr }: Ending) =>
      `The tool process ${command} ended with ${how}${problem === undefined ? "." : `: ${problem}`}${said(stderr)}`,
    hint: "The pool starts another process; the call is not repeated.",
  },
  LLMSPELL_E_TOOL_PROCESS_OUTPUT: {
    message: ({ command, problem }: { command: string; problem: string }) =>
      `The tool process ${command} wrote to its standard output what is no JSON-RPC message: ${problem}`,
    hint: "Only messages may go to standard output, in the form that `framing` names; let the program log to standard error.",
  },
  LLMSPELL_E_TOOL_PROCESS_ANSWER: {
    message: ({ command, method, code, problem }: { command: string; method: string; code: number; problem: string }) =>
      `The tool process ${command} answered "${method}" with the error ${code}: ${problem}`,
    hint: "The error -32601 means that the program does not know the method; see the option `method`.",
  },
  LLMSPELL_E_TOOL_PROCESS_INPUT: {
    message: ({ command, problem }: { command: string; problem: string }) =>
      `The input for the tool process ${command} cannot be written as JSON: ${problem}`,
    hint: "What goes to a process is JSON: no cycles, no BigInt.",
    final: true,
  },
  LLMSPELL_E_TOOL_PROCESS_DESCRIPTION: {
    message: ({ command, problem }: { command: string; problem: string }) =>
      `The tool process ${command} does not say what a caller must know: ${problem}`,
    hint: "Give `description` and `inputSchema` as options, or let the program answer the request `describe` with both.",
  },
});

function said(stderr: string): string {
  return stderr === "" ? "" : ` Its standard error ended:\n${stderr}`;
}
