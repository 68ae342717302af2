import { hookErrors } from "../errors.ts";
import type { HookOutcome } from "../hook-outcome.ts";
import { isPlainObject } from "../patches/merge-patch.ts";

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/**
 * What a handler returned, as an outcome; handlers may be plain JavaScript, so nothing is taken for granted.
 *
 * @throws LLMSPELL_E_HOOK_OUTCOME
 */
export function readOutcome(answer: unknown, hook: string, point: string): HookOutcome {
  if (isOutcome(answer)) return answer;
  const found = describe(answer);
  throw hookErrors.LLMSPELL_E_HOOK_OUTCOME({ hook, point, expected: "nothing or an outcome", found });
}

/**
 * What a condition yielded; conditions may be plain JavaScript, and a promise would count as true, and open what it was to
 * guard.
 *
 * @throws LLMSPELL_E_HOOK_CONDITION
 */
export function readCondition(answer: unknown, hook: string, point: string): boolean {
  if (typeof answer === "boolean") return answer;
  // The error says what is wrong; that the promise may reject too adds nothing to it.
  if (isPromiseLike(answer)) answer.then(undefined, () => undefined);
  throw hookErrors.LLMSPELL_E_HOOK_CONDITION({ hook, point, found: describe(answer) });
}

export function isOutcome(answer: unknown): answer is HookOutcome {
  if (typeof answer !== "object" || answer === null || !("kind" in answer)) return false;
  if (answer.kind === "modify") return "patch" in answer && isPlainObject(answer.patch);
  if (answer.kind === "cancel" || answer.kind === "retry")
    return "reason" in answer && typeof answer.reason === "string";
  return answer.kind === "replace" && "result" in answer;
}

/** What kind of value it is; never the value itself, which may be what a guard exists to hide. */
export function describe(answer: unknown): string {
  if (answer === undefined) return "nothing";
  if (answer === null) return "null";
  if (isPromiseLike(answer)) return "a promise";
  if (Array.isArray(answer)) return "an array";
  if (typeof answer !== "object") return `a ${typeof answer}`;
  const keys = Object.keys(answer).slice(0, 5).join(", ");
  return keys === "" ? "an empty object" : `an object with the keys ${keys}`;
}
