import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { messageOf } from "@llmspell/base";
import { compileExpression, type Expression } from "@llmspell/expressions";
import type { Source, SourceContext } from "@llmspell/pipelines";
import { sourceErrors } from "./errors.ts";
import type { JsonSourceOptions } from "./generated/options.ts";

/** Reads a JSON file as a whole; each item of a list in it is a record. */
export class JsonSource implements Source {
  readonly #path: string;
  readonly #records: Expression | undefined;

  /**
   * @param options exactly one of `path` and `module`, which in code is a path or a `file:` URL
   * @throws LLMSPELL_E_SOURCE_OPTIONS, LLMSPELL_E_EXPRESSION
   */
  constructor({ path, module, records }: JsonSourceOptions) {
    const file = module ?? path;
    if (file === undefined || (path !== undefined && module !== undefined)) {
      throw sourceErrors.LLMSPELL_E_SOURCE_OPTIONS({ problem: "it takes one of `path` and `module`" });
    }
    this.#path = file.startsWith("file:") ? fileURLToPath(file) : file;
    this.#records = records === undefined ? undefined : compileExpression(records, ["document"]);
  }

  /** Throws LLMSPELL_E_SOURCE_FILE, LLMSPELL_E_SOURCE_RECORDS; LLMSPELL_E_EXPRESSION_VALUE from `records`. */
  async *open({ signal }: SourceContext): AsyncGenerator<unknown> {
    const document = await this.#read(signal);
    for (const record of this.#select(document)) {
      if (signal.aborted) return;
      yield record;
    }
  }

  async #read(signal: AbortSignal): Promise<unknown> {
    try {
      const text = await readFile(this.#path, { encoding: "utf8", signal });
      return JSON.parse(withoutByteOrderMark(text));
    } catch (cause) {
      signal.throwIfAborted();
      throw sourceErrors.LLMSPELL_E_SOURCE_FILE({ path: this.#path, problem: messageOf(cause) }, { cause });
    }
  }

  #select(document: unknown): readonly unknown[] {
    const selected = this.#records === undefined ? document : this.#records.evaluate({ document });
    if (Array.isArray(selected))
      return this.#records === undefined ? selected : selected.flat(Number.POSITIVE_INFINITY);
    const where = this.#records === undefined ? "in" : `from \`${this.#records.source}\` in`;
    const found = selected === null ? "null" : `a value of type ${typeof selected}`;
    throw sourceErrors.LLMSPELL_E_SOURCE_RECORDS({ path: this.#path, where, found });
  }
}

function withoutByteOrderMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}
