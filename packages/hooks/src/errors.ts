import { defineErrors } from "@llmspell/base";

/** Every error of hook points, by code. */
export const hookErrors = defineErrors({
  LLMSPELL_E_HOOK_FAILED: {
    message: ({ hook, point, problem }: { hook: string; point: string; problem: string }) =>
      `The hook "${hook}" failed at ${point}: ${problem}`,
    hint: "Mend the hook, or let the run go on without it by `onError: skip`.",
  },
  LLMSPELL_E_HOOK_TIMEOUT: {
    message: ({ hook, point, timeout }: { hook: string; point: string; timeout: number }) =>
      `The hook "${hook}" at ${point} had not answered after ${timeout} ms.`,
    hint: "Raise the hook's `timeout`, or let the hook obey `context.signal` and answer sooner.",
  },
  LLMSPELL_E_HOOK_BUDGET: {
    message: ({ hook, point, limit }: { hook: string; point: string; limit: number }) =>
      `The hook "${hook}" at ${point} had ${limit} ms left of the strategy's budget, and had not answered.`,
    hint: "Raise the budget, or say `required` where the hook must run whatever it takes.",
  },
  LLMSPELL_E_HOOK_DEADLINE: {
    message: ({ point, deadline, hooks }: { point: string; deadline: number; hooks: readonly string[] }) =>
      `The hooks at ${point} had not all answered after ${deadline} ms; still awaited: ${hooks.join(", ")}.`,
    hint: "Raise the point's `deadline`, or let these hooks be skipped by `onError: skip` and not `required`.",
  },
  LLMSPELL_E_HOOK_BREAKER_OPEN: {
    message: ({ hook, point }: { hook: string; point: string }) =>
      `The hook "${hook}" at ${point} is not called, because it kept failing or overrunning: its breaker is open.`,
    hint: "Mend the hook, or choose what happens meanwhile by `breaker.whenOpen`.",
  },
  LLMSPELL_E_HOOK_RETRIES: {
    message: ({ hook, point, attempts, reason }: { hook: string; point: string; attempts: number; reason: string }) =>
      `The hook "${hook}" at ${point} asked for a retry after attempt ${attempts}, which was the last: ${reason}`,
    hint: "Raise the hook's `retry.maxAttempts`, or look into why the work keeps being refused.",
  },
  LLMSPELL_E_HOOK_OUTCOME: {
    message: ({ hook, point, expected, found }: { hook: string; point: string; expected: string; found: string }) =>
      `The hook "${hook}" at ${point} must return ${expected}, but it returned ${found}.`,
    hint: "Return nothing to continue, or what `modify(...)`, `replace(...)`, `cancel(...)` or `retry(...)` returns.",
  },
  LLMSPELL_E_HOOK_CONDITION: {
    message: ({ hook, point, found }: { hook: string; point: string; found: string }) =>
      `The condition of the hook "${hook}" at ${point} must yield true or false, but it yielded ${found}.`,
    hint: "Decide at once; what has to be awaited belongs into the hook itself.",
  },
  LLMSPELL_E_HOOK_CONFLICT: {
    message: ({ first, second, point, path }: { first: string; second: string; point: string; path: string }) =>
      `The hooks "${first}" and "${second}" at ${point} set \`${path}\` differently, and neither depends on the other.`,
    hint: "Order them with `dependsOn`, or choose which one counts with `onConflict: first` or `last`.",
  },
  LLMSPELL_E_HOOK_DUPLICATE: {
    message: ({ hook, point }: { hook: string; point: string }) =>
      `There is already a hook "${hook}" at ${point}; ids are unique at a point.`,
    hint: "Give one of them another `id`, or dispose the first registration.",
  },
  LLMSPELL_E_HOOK_DEFINITION: {
    message: ({ hook, point, problem }: { hook: string; point: string; problem: string }) =>
      `The hook "${hook}" cannot be registered at ${point}: ${problem}.`,
  },
  LLMSPELL_E_HOOK_DEPENDENCY: {
    message: ({
      hook,
      dependency,
      point,
      problem,
    }: Readonly<Record<"hook" | "dependency" | "point" | "problem", string>>) =>
      `The hook "${hook}" at ${point} depends on "${dependency}", ${problem}.`,
    hint: "Name in `dependsOn` only hooks of the same point that are awaited.",
  },
  LLMSPELL_E_HOOK_CYCLE: {
    message: ({ point, cycle }: { point: string; cycle: readonly string[] }) =>
      `The hooks at ${point} depend on each other in a circle: ${cycle.join(" → ")}.`,
    hint: "Remove one of these names from a `dependsOn`.",
  },
  LLMSPELL_E_HOOK_CACHE_KEY: {
    message: ({ problem }: { problem: string }) => `The cache key of a hook cannot be made: ${problem}.`,
    hint: "Name what the hook reads: by paths that begin with `input` or `data`, or by an expression that yields plain data.",
    final: true,
  },
  LLMSPELL_E_HOOK_UNACCOUNTED: {
    message: ({ strategy, point, hooks }: { strategy: string; point: string; hooks: readonly string[] }) =>
      `The hook strategy "${strategy}" must call and await every hook at ${point}, but left out: ${hooks.join(", ")}.`,
    hint: "This is a fault of the strategy; report it to its author and choose another one meanwhile.",
  },
  LLMSPELL_E_HOOK_DISPOSED: {
    message: ({ point }: { point: string }) => `Hooks were run at ${point} after their manager had been disposed.`,
    hint: "Dispose the manager after everything that runs its hook points.",
  },
});
