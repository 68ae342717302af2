import type {} from "@llmspell/agents";
import { definePlugin } from "@llmspell/kernel";
import { OpenAiCompatible } from "./openai-compatible.ts";

const NAME = "@llmspell/plugin-provider-ai";

export default definePlugin({
  name: NAME,
  apply(kernel) {
    kernel.kinds
      .for("provider")
      .for("openai_compatible")
      .tap(NAME, (options) => new OpenAiCompatible(options));
  },
});
