import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { Provider, Unavailability } from "@llmspell/agents";
import { disposeAll, type Log, silentLog } from "@llmspell/base";

/** The options of `first_configured`: its YAML object, with the providers themselves. */
export interface FirstConfiguredProviders {
  /** The preferred one first. */
  readonly providers: readonly Provider[];
}

/** What `first_configured` needs from outside. */
export interface FirstConfiguredDependencies {
  /** Told which provider is used, and why those before it are not; nobody unless given. */
  readonly log?: Log | undefined;
  /** For whom it chooses, as the log calls it: `agent triage`. */
  readonly owner?: string | undefined;
}

/**
 * Stands for the first of several providers that is configured; when none is, says of each why not. One that is
 * configured wrongly, or in part, is not passed over: somebody wanted it.
 */
export class FirstConfigured implements Provider {
  readonly id: string;
  readonly model: string;
  readonly unavailable: Unavailability | undefined;
  readonly #providers: readonly Provider[];
  readonly #chosen: Provider | undefined;

  constructor(
    { providers }: FirstConfiguredProviders,
    { log = silentLog, owner = "somebody" }: FirstConfiguredDependencies = {},
  ) {
    this.#providers = providers;
    this.#chosen = providers.find(({ unavailable }) => unavailable?.reason !== "not_configured");
    this.id = this.#chosen?.id ?? "first_configured";
    this.model = this.#chosen?.model ?? "";
    const passedOver = providers.slice(0, this.#chosen === undefined ? undefined : providers.indexOf(this.#chosen));
    const problems = passedOver.map(({ id, unavailable }) => `${id}: ${unavailable?.problem}`).join("; ");
    this.unavailable =
      this.#chosen === undefined
        ? { reason: "not_configured", problem: `none is configured (${problems})` }
        : this.#chosen.unavailable;
    if (this.unavailable !== undefined) return;
    const reasons = problems === "" ? "" : `; left out: ${problems}`;
    log.info(`The provider of ${owner} is ${this.id}, model ${this.model}${reasons}.`);
  }

  /** @throws Error when none is configured */
  languageModel(): LanguageModelV4 | Promise<LanguageModelV4> {
    if (this.#chosen === undefined) {
      throw new Error(`Of the providers of first_configured, ${this.unavailable?.problem}.`);
    }
    return this.#chosen.languageModel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await disposeAll(this.#providers);
  }
}
