import type { Plugin } from "@llmspell/kernel";
import { analyzerModule, DocumentAnalyzer } from "./document-analyzer.ts";
import { Summarizer, summarizerModule } from "./summarizer.ts";

const NAME = "@llmspell/plugin-tools-text";

/** Provides the tools `document_analyzer` and `summarizer`, which run on the tool `worker`. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const tools = kernel.kinds.for("tool");
    tools.for("document_analyzer").tap(NAME, (options, context) => {
      const analyzer = context.create("tool", { use: "worker", module: analyzerModule.href });
      return new DocumentAnalyzer(options, analyzer);
    });
    tools.for("summarizer").tap(NAME, (options, context) => {
      const summarizer = context.create("tool", { use: "worker", module: summarizerModule.href });
      return new Summarizer(options, summarizer);
    });
  },
};

export default plugin;
