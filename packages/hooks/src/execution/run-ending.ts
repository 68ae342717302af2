import type { HookData } from "../hook-context.ts";
import type { HookEntry, HookRun } from "../hook-run.ts";

/** How a run came to its end. */
export type RunEnding =
  | { readonly status: "completed" }
  | { readonly status: "replaced"; readonly result: unknown; readonly hook: string }
  | { readonly status: "cancelled"; readonly reason: string; readonly hook: string }
  | { readonly status: "retried"; readonly reason: string; readonly delay: number; readonly hook: string }
  | { readonly status: "failed" | "aborted"; readonly error: unknown };

/** The run's result, or its error thrown. */
export function concludeRun(ending: RunEnding, data: HookData, report: readonly HookEntry[]): HookRun {
  switch (ending.status) {
    case "completed":
      return { status: "completed", data, report };
    case "replaced":
      return { status: "replaced", result: ending.result, hook: ending.hook, data, report };
    case "cancelled":
      return { status: "cancelled", reason: ending.reason, hook: ending.hook, data, report };
    case "retried":
      return { status: "retried", reason: ending.reason, delay: ending.delay, hook: ending.hook, data, report };
    case "failed":
    case "aborted":
      throw ending.error;
  }
}
