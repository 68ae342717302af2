import type {} from "@llmspell/agents";
import type { Plugin } from "@llmspell/kernel";
import { OpenAiCompatible } from "./openai-compatible.ts";

const NAME = "@llmspell/plugin-provider-ai";

const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    kernel.kinds
      .for("provider")
      .for("openai_compatible")
      .tap(NAME, (options) => new OpenAiCompatible(options));
  },
};

export default plugin;
