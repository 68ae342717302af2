import { parseDuration } from "@llmspell/base";
import type { HookCache } from "@llmspell/hooks";
import { type InputCacheOptions, inputCacheOptionsDefaults } from "./generated/options.ts";

/**
 * Equal input, equal answer: for hooks that depend on their key alone. Every answer lives equally long.
 *
 * @throws LLMSPELL_E_DURATION
 */
export class InputCache implements HookCache {
  readonly #ttl: number;

  constructor({ ttl = inputCacheOptionsDefaults.ttl }: InputCacheOptions = {}) {
    this.#ttl = parseDuration(ttl);
  }

  lifetimeOf(): number {
    return this.#ttl;
  }
}
