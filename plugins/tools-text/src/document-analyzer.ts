import type { Tool } from "@llmspell/tools";
import { description, inputSchema, outputSchema } from "./analysis.ts";
import { BoundedTextTool } from "./bounded-text-tool.ts";
import { type DocumentAnalyzerOptions, documentAnalyzerOptionsDefaults } from "./generated/options.ts";
import { moduleBeside } from "./module-beside.ts";

/** The tool module that does the work. */
export const analyzerModule: URL = moduleBeside(import.meta.url, "analyzer-module");

/** Analyses texts on a tool that runs the analyzer module, after cutting them to a bounded length. */
export class DocumentAnalyzer extends BoundedTextTool {
  /** @param analyzer runs `analyzerModule`, in a thread of its own where the caller's must not wait */
  constructor({ maxCharacters }: DocumentAnalyzerOptions, analyzer: Tool) {
    const bound = maxCharacters ?? documentAnalyzerOptionsDefaults.maxCharacters;
    super({ description, inputSchema, outputSchema }, bound, analyzer);
  }
}
