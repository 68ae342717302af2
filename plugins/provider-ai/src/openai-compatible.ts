import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { Provider, Unavailability } from "@llmspell/agents";
import { type OpenAiCompatibleOptions, openAiCompatibleOptionsDefaults } from "./generated/options.ts";

/**
 * A model behind a server that speaks OpenAI's chat completions, over `@ai-sdk/openai-compatible`.
 *
 * @example
 * const provider = new OpenAiCompatible({ baseUrl: "http://127.0.0.1:11434/v1", model: "llama3.2" });
 */
export class OpenAiCompatible implements Provider {
  readonly id: string;
  readonly model: string;
  readonly unavailable: Unavailability | undefined;
  readonly #options: OpenAiCompatibleOptions;

  constructor(options: OpenAiCompatibleOptions) {
    this.#options = options;
    this.id = options.name ?? openAiCompatibleOptionsDefaults.name;
    this.model = options.model ?? "";
    this.unavailable = missing(options);
  }

  /** @throws Error when it is unavailable */
  async languageModel(): Promise<LanguageModelV4> {
    const { baseUrl, model, apiKey, headers } = this.#options;
    if (!baseUrl || !model) throw new Error(`The provider ${this.id} is not usable: ${this.unavailable?.problem}.`);
    const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
    const server = createOpenAICompatible({
      name: this.id,
      baseURL: baseUrl,
      headers: headers ?? openAiCompatibleOptionsDefaults.headers,
      ...(apiKey ? { apiKey } : {}),
    });
    return server.chatModel(model);
  }
}

/** What comes from an unset environment variable is null, or empty where it stands in quotes. */
function missing({ baseUrl, model }: OpenAiCompatibleOptions): Unavailability | undefined {
  if (!baseUrl && !model) return { reason: "not_configured", problem: "baseUrl and model are not set" };
  if (!baseUrl) return { reason: "misconfigured", problem: "baseUrl is not set" };
  return model ? undefined : { reason: "misconfigured", problem: "model is not set" };
}
