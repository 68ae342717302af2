import { isLlmspellError } from "@llmspell/base";
import { cancel, type HookOutcome } from "@llmspell/hooks";

/**
 * Cancels what cannot be looked through, because it is nested too deeply for the stack or a pattern takes too long on it.
 * Were that a failure, `onError: skip` would let it pass unseen, and who sends such a text could choose that.
 */
export function cancelUncheckable(check: () => HookOutcome | undefined): HookOutcome | undefined {
  try {
    return check();
  } catch (error) {
    if (error instanceof RangeError) return cancel("The data is nested too deeply to be looked through.");
    if (isLlmspellError(error, "LLMSPELL_E_HOOK_GUARD_SLOW")) return cancel(error.message);
    throw error;
  }
}
