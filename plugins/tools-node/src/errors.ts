import { defineErrors } from "@llmspell/base";

/** How a worker thread ended. */
interface WorkerEnd {
  /** The module that ran in it. */
  readonly module: string;
  readonly exitCode: number;
  readonly problem: string | undefined;
}

/** Every error of the tools `function` and `worker`, by code. */
export const nodeToolErrors = defineErrors({
  LLMSPELL_E_TOOL_MODULE: {
    message: ({ module, problem }: { module: string; problem: string }) =>
      `The module ${module} cannot be used as a tool: ${problem}`,
    hint: "A tool module exports `description`, `inputSchema` and, by default, the function; the first two can also be options.",
  },
  LLMSPELL_E_TOOL_WORKER_EXIT: {
    message: ({ module, exitCode, problem }: WorkerEnd) =>
      `The worker thread of ${module} ended during a call, with exit code ${exitCode}${problem === undefined ? "." : `: ${problem}`}`,
    hint: "The pool starts another thread; the call is not repeated.",
  },
  LLMSPELL_E_TOOL_WORKER_MEMORY: {
    message: ({ module, problem }: WorkerEnd) =>
      `The worker thread of ${module} reached its memory limit and was ended: ${problem}`,
    hint: "Raise `resourceLimits.heap`, or lower `concurrency`: the calls of one thread share its heap. The pool starts another thread.",
  },
});
