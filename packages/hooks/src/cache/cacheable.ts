import { types } from "node:util";
import { isOutcome } from "../execution/hook-answer.ts";
import type { HookOutcome } from "../hook-outcome.ts";

/**
 * Whether the answer of a hook may serve for later calls too.
 *
 * Not kept are a cancellation and a wish to retry, which are about one run; a `replace` whose result is an error (or has
 * a truthy `error`), which the next call may not meet; and a `replace` whose result is a stream, an iterator or a promise,
 * which only one reader can use up.
 */
export function isCacheable(outcome: HookOutcome | undefined): boolean {
  if (outcome === undefined || outcome.kind === "modify") return true;
  return outcome.kind === "replace" && !isError(outcome.result) && !isReadOnce(outcome.result);
}

/** Whether what a hook answered, be it an outcome or not, can be used up by one reader, so that concurrent calls cannot share it. */
export function isForOneReader(answer: unknown): boolean {
  try {
    return isOutcome(answer) && answer.kind === "replace" && isReadOnce(answer.result);
  } catch {
    // An object that does not let itself be looked at; whoever takes the answer finds that too.
    return false;
  }
}

/** Also of another realm, where `instanceof` fails. */
function isError(result: unknown): boolean {
  if (typeof result !== "object" || result === null) return false;
  if (result instanceof Error || types.isNativeError(result)) return true;
  return "error" in result && Boolean(result.error);
}

function isReadOnce(result: unknown): boolean {
  if (typeof result !== "object" || result === null) return false;
  return Symbol.asyncIterator in result || isMethod(result, "next") || isMethod(result, "then");
}

function isMethod(object: object, name: string): boolean {
  return typeof Reflect.get(object, name) === "function";
}
