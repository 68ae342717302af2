import type { JsonSchema, Tool, ToolContext, ToolDescription, ToolInstance } from "@llmspell/tools";

/** A tool that reads a text, of which it is given a bounded part, and that runs on another. */
export abstract class BoundedTextTool implements Tool, AsyncDisposable {
  readonly description: string;
  readonly inputSchema: JsonSchema;
  readonly outputSchema: JsonSchema | undefined;
  readonly #maxCharacters: number;
  readonly #inner: Tool;

  /** @param inner does the work: its input is the tool's with the bounded text, and `truncated` */
  constructor({ description, inputSchema, outputSchema }: ToolDescription, maxCharacters: number, inner: Tool) {
    this.description = description;
    this.inputSchema = inputSchema;
    this.outputSchema = outputSchema;
    this.#maxCharacters = maxCharacters;
    this.#inner = inner;
  }

  async prepare(context: ToolContext): Promise<void> {
    await this.#inner.prepare?.(context);
  }

  async createInstance(context: ToolContext): Promise<ToolInstance> {
    return new BoundedInstance(await this.#inner.createInstance(context), this.#maxCharacters);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]?.();
  }
}

/** An instance that never gets more text than it may; otherwise the one within. */
class BoundedInstance implements ToolInstance {
  readonly warmUps: NonNullable<ToolInstance["warmUps"]>;
  /** Only where the one within can say it: a pool asks nobody else. */
  readonly memory?: NonNullable<ToolInstance["memory"]>;
  readonly #inner: ToolInstance;
  readonly #maxCharacters: number;

  constructor(inner: ToolInstance, maxCharacters: number) {
    this.#inner = inner;
    this.#maxCharacters = maxCharacters;
    this.warmUps = inner.warmUps ?? {};
    if (inner.memory !== undefined) this.memory = inner.memory.bind(inner);
  }

  get isBroken(): boolean {
    return this.#inner.isBroken ?? false;
  }

  /** Gives what the one within gives, and whether the text was cut. */
  async execute(input: unknown, context: ToolContext): Promise<unknown> {
    // Only who holds a lease can give something else; the tool within says what is wrong with it.
    if (!hasText(input)) return await this.#inner.execute(input, context);
    const text = cut(input.text, this.#maxCharacters);
    const truncated = text.length < input.text.length;
    const output = await this.#inner.execute({ ...input, text, truncated }, context);
    return Object.assign({}, output, { truncated });
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.#inner.check?.(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]();
  }
}

function hasText(input: unknown): input is { readonly text: string } {
  return typeof input === "object" && input !== null && "text" in input && typeof input.text === "string";
}

/** The first `length` characters (UTF-16 code units), one fewer where a surrogate pair would be cut in two. */
function cut(text: string, length: number): string {
  const start = text.slice(0, length);
  return text.length > length && /[\uD800-\uDBFF]$/.test(start) ? start.slice(0, -1) : start;
}
