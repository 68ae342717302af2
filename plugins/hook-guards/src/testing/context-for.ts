import { systemClock } from "@llmspell/base";
import type { HookContext, HookData } from "@llmspell/hooks";

/** What a hook sees of a run in a test; everything but the data may be left out. */
export function contextFor(data: HookData, given: Partial<HookContext> = {}): HookContext {
  const { signal } = new AbortController();
  return {
    point: "before_llm_call",
    input: undefined,
    data,
    attempt: 1,
    scope: {},
    signal,
    clock: systemClock,
    ...given,
  };
}
