import { defineErrors } from "@llmspell/base";

/** Every error of the simulation, by code. */
export const simulationErrors = defineErrors({
  LLMSPELL_E_TRACE_LINE: {
    message: ({ line, problem }: { line: number; problem: string }) => `Line ${line} of the trace: ${problem}`,
    hint: 'Each line is one call, as JSON: {"at": 1250, "duration": 200, "pool": "search"}, both times in milliseconds.',
  },
  LLMSPELL_E_TRACE_LENGTH: {
    message: ({ most }: { most: number }) => `The trace has more than ${most.toLocaleString("en-US")} calls.`,
    hint: "Cut it: some hours with all that is typical of the load are enough.",
  },
  LLMSPELL_E_TRACE_EMPTY: {
    message: ({ pool }: { pool: string | undefined; pools: readonly string[] }) =>
      pool === undefined ? "The trace has no calls." : `The trace has no calls of pool "${pool}".`,
    hint: ({ pools }: { pool: string | undefined; pools: readonly string[] }) =>
      pools.length > 0
        ? `It has calls of ${pools.join(", ")}.`
        : "Record one with `llmspell run --record-trace FILE`; it has the calls that ended while the run went on.",
  },
  LLMSPELL_E_TRACE_POOLS: {
    message: ({ pools }: { pools: readonly string[] }) => `The trace has calls of several pools: ${pools.join(", ")}.`,
    hint: "Say which one is meant: --pool NAME.",
  },
});
