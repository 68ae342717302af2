import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { Provider } from "@llmspell/agents";
import { disposeAll } from "@llmspell/base";

/** The options of `first_configured`: its YAML object, with the providers themselves. */
export interface FirstConfiguredProviders {
  /** The preferred one first. */
  readonly providers: readonly Provider[];
}

/** Stands for the first of several providers that is configured; when none is, says of each why not. */
export class FirstConfigured implements Provider {
  readonly id: string;
  readonly model: string;
  readonly unavailable: string | undefined;
  readonly #providers: readonly Provider[];
  readonly #chosen: Provider | undefined;

  constructor({ providers }: FirstConfiguredProviders) {
    this.#providers = providers;
    this.#chosen = providers.find(({ unavailable }) => unavailable === undefined);
    this.id = this.#chosen?.id ?? "first_configured";
    this.model = this.#chosen?.model ?? "";
    const reasons = providers.map(({ id, unavailable }) => `${id}: ${unavailable}`);
    this.unavailable = this.#chosen === undefined ? `none is configured (${reasons.join("; ")})` : undefined;
  }

  /** @throws Error when none is configured */
  languageModel(): LanguageModelV4 | Promise<LanguageModelV4> {
    if (this.#chosen === undefined) throw new Error(`Of the providers of first_configured, ${this.unavailable}.`);
    return this.#chosen.languageModel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await disposeAll(this.#providers);
  }
}
