import type { Tool } from "@llmspell/tools";
import { BoundedTextTool } from "./bounded-text-tool.ts";
import { type SummarizerOptions, summarizerOptionsDefaults } from "./generated/options.ts";
import { moduleBeside } from "./module-beside.ts";
import { description, inputSchema, outputSchema } from "./summary.ts";

/** The tool module that does the work. */
export const summarizerModule: URL = moduleBeside(import.meta.url, "summarizer-module");

/** Summarises texts on a tool that runs the summarizer module, after cutting them to a bounded length. */
export class Summarizer extends BoundedTextTool {
  /** @param summarizer runs `summarizerModule`, in a thread of its own where the caller's must not wait */
  constructor({ maxCharacters }: SummarizerOptions, summarizer: Tool) {
    const bound = maxCharacters ?? summarizerOptionsDefaults.maxCharacters;
    super({ description, inputSchema, outputSchema }, bound, summarizer);
  }
}
