import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { Provider } from "@llmspell/agents";
import { ExtractiveModel } from "./extractive-model.ts";
import { type ExtractiveOptions, extractiveOptionsDefaults } from "./generated/options.ts";

/**
 * Answers without a language model, a network or a key: with the most salient sentences of what the user said last and of
 * what tools answered to it (see `salientSentences`). It understands nothing, follows no instruction, system prompts
 * included, and invents nothing; use it where a pipeline must run offline, in tests, and as the last of `first_configured`.
 *
 * Tools that take exactly one required text are called once a turn with the user's text; others never. Token counts are
 * estimates: a token for every four characters.
 */
export class Extractive implements Provider {
  readonly id = "extractive";
  readonly model = "extractive";
  readonly #maxSentences: number;

  constructor(options: ExtractiveOptions = {}) {
    this.#maxSentences = options.maxSentences ?? extractiveOptionsDefaults.maxSentences;
  }

  languageModel(): LanguageModelV4 {
    return new ExtractiveModel(this.#maxSentences);
  }
}
