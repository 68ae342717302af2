import { cancel, type HookData, type HookOutcome, modify, retry } from "@llmspell/hooks";

/** What a guard does about what it objects to. */
export type GuardAction = "cancel" | "retry" | "flag";

/**
 * The outcome of a guard that objects.
 *
 * @param reason one sentence that names nothing of the data
 * @param flag the patch that `flag` lets the run go on with
 */
export function objection(action: GuardAction, reason: string, flag: HookData): HookOutcome {
  switch (action) {
    case "cancel":
      return cancel(reason);
    case "retry":
      return retry(reason);
    case "flag":
      return modify(flag);
  }
}
