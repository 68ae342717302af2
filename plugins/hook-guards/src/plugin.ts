import type { Plugin } from "@llmspell/kernel";
import { Cost } from "./cost.ts";
import { PromptInjection } from "./prompt-injection.ts";
import { Redact } from "./redact.ts";
import { Restore } from "./restore.ts";

const NAME = "@llmspell/plugin-hook-guards";

const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const hooks = kernel.kinds.for("hook");
    hooks.for("redact").tap(NAME, (options, { random }) => new Redact(options, { random }));
    hooks.for("restore").tap(NAME, (options) => new Restore(options));
    hooks.for("prompt_injection").tap(NAME, (options) => new PromptInjection(options));
    hooks.for("cost").tap(NAME, (options) => new Cost(options));
  },
};

export default plugin;
