import type { LanguageModelV4 } from "@ai-sdk/provider";
import { type Log, messageOf } from "@llmspell/base";
import type { PoolDescription } from "@llmspell/tools";
import type { GenerateTextResult, ModelMessage, ToolSet } from "ai";
import type { FinishReason, RequestedToolCall, TokenUsage } from "./chat.ts";
import type { Provider } from "./provider.ts";

/** The settings that every call of an agent has in common. */
export interface ModelCallSettings {
  readonly maxRetries: number;
  readonly maxOutputTokens?: number | undefined;
  readonly temperature?: number | undefined;
}

/** A tool call that names no tool of the agent, or whose input is not JSON. The model has been told in `messages`. */
export interface InvalidToolCall extends RequestedToolCall {
  readonly problem: string;
}

/** What a model answered to one call. */
export interface ModelReply {
  readonly text: string;
  readonly toolCalls: readonly RequestedToolCall[];
  readonly invalidToolCalls: readonly InvalidToolCall[];
  /** The reply as it goes into the conversation. */
  readonly messages: readonly ModelMessage[];
  readonly usage: TokenUsage;
  readonly finishReason: FinishReason;
}

interface LoadedModel {
  readonly sdk: typeof import("ai");
  readonly model: LanguageModelV4;
}

/** Asks a provider's language model through the AI SDK, one call at a time; what to do with tool calls is the caller's. */
export class LanguageModelCaller {
  readonly #provider: Provider;
  readonly #settings: ModelCallSettings;
  readonly #log: Log;
  #loading: Promise<LoadedModel> | undefined;
  #tools: { readonly pools: readonly PoolDescription[]; readonly set: ToolSet } | undefined;

  constructor(provider: Provider, settings: ModelCallSettings, log: Log) {
    this.#provider = provider;
    this.#settings = settings;
    this.#log = log;
  }

  /** Imports the AI SDK and makes the model, which takes a moment; once. A failure is tried again at the next call. */
  load(): Promise<LoadedModel> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }

  /**
   * Makes one LLM call, and tries it again as `maxRetries` says.
   *
   * @param pools the tools that the model may ask for; pass the same array when they are the same
   * @throws what the provider throws, as the AI SDK wraps it; the signal's reason when it aborts
   */
  async call(
    messages: readonly ModelMessage[],
    pools: readonly PoolDescription[],
    signal: AbortSignal,
  ): Promise<ModelReply> {
    const { sdk, model } = await this.load();
    const { maxRetries, maxOutputTokens, temperature } = this.#settings;
    const result = await sdk.generateText({
      model,
      messages: [...messages],
      // The system prompt is the first message, so that hooks see and may change all that is sent.
      allowSystemInMessages: true,
      maxRetries,
      abortSignal: signal,
      ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
      ...(temperature === undefined ? {} : { temperature }),
      ...(pools.length === 0 ? {} : { tools: this.#toolSet(sdk, pools) }),
    });
    return replyOf(result);
  }

  async #load(): Promise<LoadedModel> {
    const [sdk, model] = await Promise.all([import("ai"), this.#provider.languageModel()]);
    return { sdk, model: withLoggedWarnings(model, this.#log) };
  }

  #toolSet(sdk: LoadedModel["sdk"], pools: readonly PoolDescription[]): ToolSet {
    if (this.#tools?.pools !== pools) {
      // Tools have no `execute` here: the SDK hands the calls back, and the agent makes them through the pools.
      const entries = pools.map(({ name, description, inputSchema }) => [
        name,
        sdk.tool({ description, inputSchema: sdk.jsonSchema(inputSchema) }),
      ]);
      this.#tools = { pools, set: Object.fromEntries(entries) };
    }
    return this.#tools.set;
  }
}

function replyOf(result: GenerateTextResult<ToolSet, Record<string, unknown>, never>): ModelReply {
  const toolCalls: RequestedToolCall[] = [];
  const invalidToolCalls: InvalidToolCall[] = [];
  for (const call of result.toolCalls) {
    const requested = { id: call.toolCallId, pool: call.toolName, input: call.input };
    if (call.invalid) invalidToolCalls.push({ ...requested, problem: messageOf(call.error) });
    else if (!call.providerExecuted) toolCalls.push(requested);
  }
  const { inputTokens = 0, outputTokens = 0, totalTokens = inputTokens + outputTokens } = result.usage;
  return {
    text: result.text,
    toolCalls,
    invalidToolCalls,
    messages: result.responseMessages,
    usage: { inputTokens, outputTokens, totalTokens },
    finishReason: result.finishReason,
  };
}

/** Moves a model's warnings to the log, each once: the AI SDK would write them to the process's standard error. */
function withLoggedWarnings(model: LanguageModelV4, log: Log): LanguageModelV4 {
  const told = new Set<string>();
  return {
    specificationVersion: model.specificationVersion,
    provider: model.provider,
    modelId: model.modelId,
    supportedUrls: model.supportedUrls,
    doStream: (options) => model.doStream(options),
    doGenerate: async (options) => {
      const result = await model.doGenerate(options);
      for (const warning of result.warnings.map((each) => JSON.stringify(each))) {
        if (told.has(warning)) continue;
        told.add(warning);
        log.warn(`The model "${model.modelId}" warns: ${warning}`);
      }
      return { ...result, warnings: [] };
    },
  };
}
