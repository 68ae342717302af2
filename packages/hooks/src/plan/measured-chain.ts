import type { Clock } from "@llmspell/base";
import type { HookContext } from "../hook-context.ts";
import type { RegisteredHook } from "../registered-hook.ts";
import type { ChainStop } from "./hook-chain.ts";

/**
 * Calls hooks as a chain does, and measures each; for one run in many, so that a loop will do.
 *
 * @param startedAt the clock's time now, which is read once for each hook from here on
 */
export function callMeasured(
  hooks: readonly RegisteredHook[],
  context: HookContext,
  signal: AbortSignal | undefined,
  clock: Clock,
  startedAt: number,
): ChainStop | undefined {
  let skipped: number[] | undefined;
  let before = startedAt;
  for (const [done, hook] of hooks.entries()) {
    let answer: unknown;
    try {
      const isCalled = hook.condition === undefined || hook.condition(context);
      if (hook.condition !== undefined && signal?.aborted) return { done, held: undefined, skipped };
      if (!isCalled) {
        skipped ??= [];
        skipped.push(done);
        continue;
      }
      answer = hook.handler(context);
    } catch (error) {
      return { done, held: { error }, skipped };
    }
    if (answer !== undefined || signal?.aborted) return { done, held: { answer, startedAt: before }, skipped };
    const now = clock.now();
    hook.measured(now - before, true);
    before = now;
  }
  return skipped === undefined ? undefined : { done: hooks.length, held: undefined, skipped };
}
