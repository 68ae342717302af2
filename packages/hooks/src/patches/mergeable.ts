import { hookErrors } from "../errors.ts";
import type { HookData } from "../hook-context.ts";
import { isPlainObject } from "./merge-patch.ts";

/** Far beyond what data are, and well within the call stack. */
const DEEPEST = 500;

/**
 * Goes through a patch that is merged later, perhaps with others, so that one that cannot be merged is its hook's failure.
 *
 * @throws LLMSPELL_E_HOOK_OUTCOME; what looking at the patch throws
 */
export function assertMergeable(patch: HookData, hook: string, point: string): void {
  if (isNestedAtMost(patch, DEEPEST)) return;
  const expected = `a patch nested at most ${DEEPEST} levels deep`;
  const found = "one that is deeper, or contains itself";
  throw hookErrors.LLMSPELL_E_HOOK_OUTCOME({ hook, point, expected, found });
}

function isNestedAtMost(patch: HookData, levels: number): boolean {
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (isPlainObject(value) && (levels === 0 || !isNestedAtMost(value, levels - 1))) return false;
  }
  return true;
}
