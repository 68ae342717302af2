import { types } from "node:util";
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
