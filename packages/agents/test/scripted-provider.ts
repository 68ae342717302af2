import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from "@ai-sdk/provider";
import type { Provider } from "../src/provider.ts";

/** What the model does when it is asked. */
export type Script = (
  options: LanguageModelV4CallOptions,
) => LanguageModelV4GenerateResult | Promise<LanguageModelV4GenerateResult>;

const USAGE = {
  inputTokens: { total: 10, noCache: 10, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 3, text: 3, reasoning: undefined },
};

/** A reply of 10 input and 3 output tokens. */
export function says(text: string): LanguageModelV4GenerateResult {
  const finishReason = { unified: "stop", raw: undefined } as const;
  return { content: [{ type: "text", text }], finishReason, usage: USAGE, warnings: [] };
}

/** A reply that asks for tool calls, with ids `call_0`, `call_1` and so on, and says `text` beside. */
export function calls(requests: readonly (readonly [pool: string, input: unknown])[], text = "Let me see.") {
  return {
    content: [
      { type: "text" as const, text },
      ...requests.map(([toolName, input], index) => {
        return { type: "tool-call" as const, toolCallId: `call_${index}`, toolName, input: JSON.stringify(input) };
      }),
    ],
    finishReason: { unified: "tool-calls" as const, raw: undefined },
    usage: USAGE,
    warnings: [],
  } satisfies LanguageModelV4GenerateResult;
}

/** A provider whose model plays one script a call, and keeps what it was asked. */
export class ScriptedProvider implements Provider {
  readonly id = "scripted";
  readonly model = "scripted-1";
  readonly asked: LanguageModelV4CallOptions[] = [];
  readonly #scripts: (LanguageModelV4GenerateResult | Script)[];

  constructor(...scripts: (LanguageModelV4GenerateResult | Script)[]) {
    this.#scripts = scripts;
  }

  /** The prompt of the call with that index, without what the AI SDK adds. */
  prompt(index: number): unknown {
    return this.asked[index]?.prompt.map(({ role, content }) => ({ role, content }));
  }

  languageModel(): LanguageModelV4 {
    return {
      specificationVersion: "v4",
      provider: this.id,
      modelId: this.model,
      supportedUrls: {},
      doGenerate: async (options) => {
        this.asked.push(options);
        const script = this.#scripts.shift();
        if (script === undefined) throw new Error("The script is over.");
        return typeof script === "function" ? await script(options) : script;
      },
      doStream: () => {
        throw new Error("Nothing streams here.");
      },
    };
  }
}
