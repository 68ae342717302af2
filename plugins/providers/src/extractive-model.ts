import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4FunctionTool,
  LanguageModelV4GenerateResult,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
  LanguageModelV4ToolCall,
  LanguageModelV4Usage,
  SharedV4Warning,
} from "@ai-sdk/provider";
import { lastTurn, type PromptTurn, textsOf } from "./prompt-turn.ts";
import { salientSentences } from "./salient-sentences.ts";

/** A token is about this many characters of English; tokens are estimated with it, as no tokenizer is at work here. */
const CHARACTERS_PER_TOKEN = 4;

/** The AI SDK's face of the extractive provider: everything it says was said to it. */
export class ExtractiveModel implements LanguageModelV4 {
  readonly specificationVersion = "v4";
  readonly provider = "extractive";
  readonly modelId = "extractive";
  readonly supportedUrls = {};
  readonly #maxSentences: number;

  constructor(maxSentences: number) {
    this.#maxSentences = maxSentences;
  }

  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    options.abortSignal?.throwIfAborted();
    const turn = lastTurn(options.prompt);
    const warnings = warningsOf(options);
    const toolCalls = toolCallsFor(turn, options);
    if (toolCalls.length > 0) {
      const asked = toolCalls.map(({ input }) => input).join("");
      const finishReason = { unified: "tool-calls", raw: undefined } as const;
      return { content: toolCalls, finishReason, usage: estimateUsage(options.prompt, asked), warnings };
    }
    const text = salientSentences([turn.question, ...turn.findings].join("\n\n"), this.#maxSentences).join(" ");
    return {
      content: text === "" ? [] : [{ type: "text", text }],
      finishReason: { unified: "stop", raw: undefined },
      usage: estimateUsage(options.prompt, text),
      warnings,
    };
  }

  async doStream(options: LanguageModelV4CallOptions) {
    const result = await this.doGenerate(options);
    return { stream: ReadableStream.from(streamParts(result)) };
  }
}

function* streamParts(result: LanguageModelV4GenerateResult): Generator<LanguageModelV4StreamPart> {
  const { warnings, content, usage, finishReason } = result;
  yield { type: "stream-start", warnings };
  for (const part of content) {
    if (part.type === "text") {
      yield { type: "text-start", id: "text" };
      yield { type: "text-delta", id: "text", delta: part.text };
      yield { type: "text-end", id: "text" };
    } else if (part.type === "tool-call") {
      yield part;
    }
  }
  yield { type: "finish", usage, finishReason };
}

/** One call with the user's text to each tool that takes just a text, once a turn. */
function toolCallsFor(turn: PromptTurn, options: LanguageModelV4CallOptions): LanguageModelV4ToolCall[] {
  const { tools = [], toolChoice, prompt } = options;
  if (turn.hasCalledTools || turn.question.trim() === "" || toolChoice?.type === "none") return [];
  const calls: LanguageModelV4ToolCall[] = [];
  for (const tool of tools) {
    if (toolChoice?.type === "tool" && toolChoice.toolName !== tool.name) continue;
    const property = tool.type === "function" ? onlyTextProperty(tool) : undefined;
    if (property === undefined) continue;
    const toolCallId = `call_${prompt.length}_${calls.length + 1}`;
    const input = JSON.stringify({ [property]: turn.question });
    calls.push({ type: "tool-call", toolCallId, toolName: tool.name, input });
  }
  return calls;
}

/** The name of the single required property of a tool's input, when that is a string. */
function onlyTextProperty({ inputSchema }: LanguageModelV4FunctionTool): string | undefined {
  const [name, ...others] = inputSchema.required ?? [];
  const schema = name === undefined || others.length > 0 ? undefined : inputSchema.properties?.[name];
  return typeof schema === "object" && schema.type === "string" ? name : undefined;
}

function estimateUsage(prompt: LanguageModelV4Prompt, output: string): LanguageModelV4Usage {
  const read = prompt.flatMap(textsOf).reduce((length, text) => length + text.length, 0);
  const input = Math.ceil(read / CHARACTERS_PER_TOKEN);
  const written = Math.ceil(output.length / CHARACTERS_PER_TOKEN);
  return {
    inputTokens: { total: input, noCache: input, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: written, text: written, reasoning: undefined },
  };
}

function warningsOf(options: LanguageModelV4CallOptions): SharedV4Warning[] {
  const features: string[] = [];
  if (options.maxOutputTokens !== undefined) features.push("maxOutputTokens");
  if (options.temperature !== undefined) features.push("temperature");
  if (options.responseFormat?.type === "json") features.push("responseFormat");
  return features.map((feature) => ({ type: "unsupported", feature }));
}
