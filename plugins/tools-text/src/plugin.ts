import type { Plugin } from "@llmspell/kernel";
import { analyzerModule, DocumentAnalyzer } from "./document-analyzer.ts";

const NAME = "@llmspell/plugin-tools-text";

/** Provides the tool `document_analyzer`, which runs on the tool `worker`. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    kernel.kinds
      .for("tool")
      .for("document_analyzer")
      .tap(NAME, (options, context) => {
        const analyzer = context.create("tool", { use: "worker", module: analyzerModule.href });
        return new DocumentAnalyzer(options, analyzer);
      });
  },
};

export default plugin;
