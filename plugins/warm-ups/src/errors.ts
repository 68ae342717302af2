import { defineErrors } from "@llmspell/base";

/** Every error of the warm-ups, by code. */
export const warmUpErrors = defineErrors({
  LLMSPELL_E_WARM_UP_TASK: {
    message: ({ task, offered }: { task: string; offered: readonly string[] }) =>
      `The tool's instance has nothing to do for the warm-up ${task}; it offers ${offered.length === 0 ? "none" : offered.join(", ")}.`,
    hint: "Take it out of the pool's `warmUp`, or name one that the tool offers; a module offers what it exports as `warmUps`.",
    final: true,
  },
  LLMSPELL_E_WARM_UP_QUERY: {
    message: ({ query, queries, problem }: { query: number; queries: number; problem: string }) =>
      `The query ${query} of ${queries} of cache_common_queries failed: ${problem}`,
    hint: "Each of `queries` is an input as the tool's schema asks for it.",
  },
});
