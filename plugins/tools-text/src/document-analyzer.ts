import type { JsonSchema, Tool, ToolContext, ToolInstance } from "@llmspell/tools";
import { type AnalysisRequest, description, inputSchema, outputSchema } from "./analysis.ts";
import { type DocumentAnalyzerOptions, documentAnalyzerOptionsDefaults } from "./generated/options.ts";

/** The tool module that does the work: TypeScript where this runs from its sources, JavaScript where it was built. */
export const analyzerModule: URL = new URL(
  import.meta.url.endsWith(".ts") ? "./analyzer-module.ts" : "./analyzer-module.js",
  import.meta.url,
);

/** Analyses texts on a tool that runs the analyzer module, after cutting them to a bounded length. */
export class DocumentAnalyzer implements Tool, AsyncDisposable {
  readonly description: string = description;
  readonly inputSchema: JsonSchema = inputSchema;
  readonly outputSchema: JsonSchema = outputSchema;
  readonly #maxCharacters: number;
  readonly #analyzer: Tool;

  /** @param analyzer runs `analyzerModule`, in a thread of its own where the caller's must not wait */
  constructor(options: DocumentAnalyzerOptions, analyzer: Tool) {
    this.#maxCharacters = options.maxCharacters ?? documentAnalyzerOptionsDefaults.maxCharacters;
    this.#analyzer = analyzer;
  }

  async prepare(context: ToolContext): Promise<void> {
    await this.#analyzer.prepare?.(context);
  }

  async createInstance(context: ToolContext): Promise<ToolInstance> {
    return new BoundedAnalyzer(await this.#analyzer.createInstance(context), this.#maxCharacters);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#analyzer[Symbol.asyncDispose]?.();
  }
}

/** An instance of the analyzer that never gets more text than it may. */
class BoundedAnalyzer implements ToolInstance {
  readonly #inner: ToolInstance;
  readonly #maxCharacters: number;

  constructor(inner: ToolInstance, maxCharacters: number) {
    this.#inner = inner;
    this.#maxCharacters = maxCharacters;
  }

  get isBroken(): boolean {
    return this.#inner.isBroken ?? false;
  }

  /** Gives a `BoundedAnalysis` of an `AnalysisRequest`. */
  async execute(input: unknown, context: ToolContext): Promise<unknown> {
    // Only who holds a lease can give something else; the analyzer says what is wrong with it.
    if (!isRequest(input)) return await this.#inner.execute(input, context);
    const text = truncate(input.text, this.#maxCharacters);
    const analysis = await this.#inner.execute({ ...input, text }, context);
    return Object.assign({}, analysis, { truncated: text.length < input.text.length });
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.#inner.check?.(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]();
  }
}

function isRequest(input: unknown): input is AnalysisRequest {
  return typeof input === "object" && input !== null && "text" in input && typeof input.text === "string";
}

/** The first `length` characters (UTF-16 code units), one fewer where a surrogate pair would be cut in two. */
function truncate(text: string, length: number): string {
  const cut = text.slice(0, length);
  return text.length > length && /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}
