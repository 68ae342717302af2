import type { LanguageModelV4 } from "@ai-sdk/provider";
import type {} from "@llmspell/kernel";

/** Why a provider cannot be used. */
export interface Unavailability {
  /**
   * `not_configured`: nobody has asked for it, as when its variables are not set; another may stand in for it.
   * `misconfigured`: somebody has, but its options are wrong or not complete; to use another would hide it.
   */
  readonly reason: "not_configured" | "misconfigured";
  /** Half a sentence: `baseUrl is not set`. */
  readonly problem: string;
}

/**
 * Gives agents a language model: what YAML chooses under an agent's `provider`. Whoever created it disposes it, after the
 * last agent that uses it is gone.
 */
export interface Provider extends Partial<AsyncDisposable> {
  /** What it is, as an operator would say it: `openai_compatible`, `extractive`. */
  readonly id: string;
  /** The model's name, as shown to hooks and in results; empty when none is configured. */
  readonly model: string;
  /** `undefined` when it can be used. Known from the options alone: nothing is asked over the network. */
  readonly unavailable?: Unavailability | undefined;
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
