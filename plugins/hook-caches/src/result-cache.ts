import { parseDuration } from "@llmspell/base";
import { compileInvalidationKey, type HookCache, type HookContext } from "@llmspell/hooks";
import { type ResultCacheOptions, resultCacheOptionsDefaults } from "./generated/options.ts";

/**
 * For hooks whose answer depends on something outside too, which can be told when it changes: an answer lives equally
 * long, or until one of its keys is invalidated.
 *
 * @throws LLMSPELL_E_DURATION, LLMSPELL_E_TEMPLATE
 */
export class ResultCache implements HookCache {
  readonly #ttl: number;
  readonly #renderers: readonly ((scope: { readonly context: unknown }) => string)[];

  constructor(options: ResultCacheOptions = {}) {
    const { ttl, invalidationKeys } = { ...resultCacheOptionsDefaults, ...options };
    this.#ttl = parseDuration(ttl);
    this.#renderers = invalidationKeys.map((key) => compileInvalidationKey(key, ["context"]));
  }

  lifetimeOf(): number {
    return this.#ttl;
  }

  /** @throws LLMSPELL_E_EXPRESSION_VALUE when the context lacks what a template names */
  invalidationKeysOf({ point, input, data }: HookContext): readonly string[] {
    if (this.#renderers.length === 0) return [];
    // CEL knows plain data, so it sees the context without its signal and clock.
    const scope = { context: { point, input, data } };
    return this.#renderers.map((render) => render(scope));
  }
}
