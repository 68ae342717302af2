import type { Plugin } from "@llmspell/kernel";
import { Extractive } from "./extractive.ts";
import { FirstConfigured } from "./first-configured.ts";
import type { FirstConfiguredOptions } from "./generated/options.ts";

const NAME = "@llmspell/plugin-providers";

const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const providers = kernel.kinds.for("provider");
    providers.for("extractive").tap(NAME, (options) => new Extractive(options));
    providers.for("first_configured").tap(NAME, (options: FirstConfiguredOptions, context) => {
      const providers = options.providers.map((use) => context.create("provider", use));
      return new FirstConfigured({ providers }, context);
    });
  },
};

export default plugin;
