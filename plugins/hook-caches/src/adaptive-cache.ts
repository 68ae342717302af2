import { parseDuration } from "@llmspell/base";
import type { ComputedAnswer, HookCache } from "@llmspell/hooks";
import { hookCacheErrors } from "./errors.ts";
import { type AdaptiveCacheOptions, adaptiveCacheOptionsDefaults } from "./generated/options.ts";

/** What an answer saves that lives for `baseTtl`; milliseconds a lookup. */
const REFERENCE_SAVING = 10;

/**
 * The dearer the hook, and the more often its answers are used, the longer they live:
 *
 *     saving   = duration × (hits + 1) ÷ (hits + misses + 1)      milliseconds that a lookup can be expected to save
 *     lifetime = baseTtl × (saving ÷ 10 ms) ^ performanceFactor   between minTtl and maxTtl
 *
 * The answer that is to be kept counts as one hit in advance, so that the first answer of a hook (no hit, one miss) is
 * taken to serve every other lookup. The lifetime never falls with duration or hits, and never grows with misses.
 */
export class AdaptiveCache implements HookCache {
  readonly #base: number;
  readonly #min: number;
  readonly #max: number;
  readonly #exponent: number;

  /** @throws LLMSPELL_E_DURATION, LLMSPELL_E_HOOK_CACHE_TTL, LLMSPELL_E_HOOK_CACHE_FACTOR */
  constructor(options: AdaptiveCacheOptions = {}) {
    const { baseTtl, minTtl, maxTtl, performanceFactor } = { ...adaptiveCacheOptionsDefaults, ...options };
    const [min, base, max] = [parseDuration(minTtl), parseDuration(baseTtl), parseDuration(maxTtl)];
    if (!(base > 0 && min <= base && base <= max)) throw hookCacheErrors.LLMSPELL_E_HOOK_CACHE_TTL({ min, base, max });
    if (!(performanceFactor >= 0 && performanceFactor <= 4)) {
      throw hookCacheErrors.LLMSPELL_E_HOOK_CACHE_FACTOR({ performanceFactor });
    }
    this.#base = base;
    this.#min = min;
    this.#max = max;
    this.#exponent = performanceFactor;
  }

  lifetimeOf({ duration, hits, misses }: ComputedAnswer): number {
    const saving = (duration * (hits + 1)) / (hits + misses + 1);
    const lifetime = this.#base * (saving / REFERENCE_SAVING) ** this.#exponent;
    return Math.min(this.#max, Math.max(this.#min, lifetime));
  }
}
