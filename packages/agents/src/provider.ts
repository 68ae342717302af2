import type { LanguageModelV4 } from "@ai-sdk/provider";
import type {} from "@llmspell/kernel";

/**
 * Gives agents a language model: what YAML chooses under an agent's `provider`. Whoever created it disposes it, after the
 * last agent that uses it is gone.
 */
export interface Provider extends Partial<AsyncDisposable> {
  /** What it is, as an operator would say it: `openai_compatible`, `extractive`. */
  readonly id: string;
  /** The model's name, as shown to hooks and in results; empty when none is configured. */
  readonly model: string;
  /**
   * Why it cannot be used, as half a sentence (`baseUrl is not set`); `undefined` when it can. Known from the options
   * alone: nothing is asked over the network.
   */
  readonly unavailable?: string | undefined;
  /**
   * The model. Called once an agent, when the agent starts or is first asked, and never while `unavailable` is set;
   * heavy modules are imported here and not before.
   */
  languageModel(): LanguageModelV4 | Promise<LanguageModelV4>;
}

declare module "@llmspell/kernel" {
  interface Kinds {
    provider: Provider;
  }
}
