import { defineErrors } from "@llmspell/base";

/** Every error of the hook caches, by code. */
export const hookCacheErrors = defineErrors({
  LLMSPELL_E_HOOK_CACHE_TTL: {
    message: ({ min, base, max }: { min: number; base: number; max: number }) =>
      `Expected minTtl <= baseTtl <= maxTtl and baseTtl above 0, but they are ${min}, ${base} and ${max} ms.`,
    hint: "Put baseTtl between the bounds; where the lifetime is not to change, choose the cache `input`.",
    final: true,
  },
  LLMSPELL_E_HOOK_CACHE_FACTOR: {
    message: ({ performanceFactor }: { performanceFactor: number }) =>
      `Expected a performanceFactor from 0 to 4, but it is ${performanceFactor}.`,
    hint: "Say 0 for a lifetime that does not change, 1 for one in proportion to what an answer saves.",
    final: true,
  },
});
