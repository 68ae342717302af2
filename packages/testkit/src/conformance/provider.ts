import type { LanguageModelV4Content } from "@ai-sdk/provider";
import type { Provider } from "@llmspell/agents";
import { describe, expect, it } from "vitest";

/**
 * What every provider must do, whatever its model: say who it is before it is asked, answer in the AI SDK's form with
 * its usage, obey its signal, and give, streamed, what it gives at once.
 *
 * @param create makes a usable provider for one test, whose model answers a greeting with some text; it may be a fake
 * server that answers
 */
export function describeProvider(name: string, create: () => Provider | Promise<Provider>): void {
  describe(`provider ${name}`, () => {
    const prompt = [{ role: "user" as const, content: [{ type: "text" as const, text: "Good morning, dear model." }] }];

    it("says who it is, and that it can be used", async () => {
      const provider = await create();
      expect(provider.id).not.toBe("");
      expect(provider.model).not.toBe("");
      expect(provider.unavailable).toBeUndefined();
    });

    it("gives the model that it names", async () => {
      const provider = await create();
      const model = await provider.languageModel();
      expect(model.specificationVersion).toBe("v4");
      expect(model.modelId).toBe(provider.model);
    });

    it("answers with a text, a reason why it ended, and its usage", async () => {
      const model = await (await create()).languageModel();
      const result = await model.doGenerate({ prompt });
      expect(textIn(result.content)).not.toBe("");
      expect(result.finishReason.unified).toBe("stop");
      expect(result.usage.inputTokens.total).toBeGreaterThan(0);
      expect(result.usage.outputTokens.total).toBeGreaterThan(0);
    });

    it("does not answer when its signal has aborted", async () => {
      const model = await (await create()).languageModel();
      const abortSignal = AbortSignal.abort(new Error("enough"));
      await expect((async () => await model.doGenerate({ prompt, abortSignal }))()).rejects.toThrow();
    });

    it("streams the same text", async () => {
      const model = await (await create()).languageModel();
      const { stream } = await model.doStream({ prompt });
      let text = "";
      let finished = 0;
      for await (const part of stream) {
        if (part.type === "text-delta") text += part.delta;
        if (part.type === "finish") finished++;
      }
      expect(finished).toBe(1);
      expect(text).toBe(textIn((await model.doGenerate({ prompt })).content));
    });
  });
}

function textIn(content: readonly LanguageModelV4Content[]): string {
  return content.map((part) => (part.type === "text" ? part.text : "")).join("");
}
