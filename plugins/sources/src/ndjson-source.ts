import { messageOf } from "@llmspell/base";
import type { Source, SourceContext } from "@llmspell/pipelines";
import { sourceErrors } from "./errors.ts";
import { fileLines } from "./file-lines.ts";
import { type NdjsonSourceOptions, ndjsonSourceOptionsDefaults } from "./generated/options.ts";

/** Reads a file of JSON values, one a line, as a stream (https://github.com/ndjson/ndjson-spec). */
export class NdjsonSource implements Source {
  readonly #path: string;
  readonly #skipsBadLines: boolean;

  constructor({ path, onBadLine = ndjsonSourceOptionsDefaults.onBadLine }: NdjsonSourceOptions) {
    this.#path = path;
    this.#skipsBadLines = onBadLine === "skip";
  }

  /** Throws LLMSPELL_E_SOURCE_FILE, and with `onBadLine: fail` LLMSPELL_E_SOURCE_LINE. */
  async *open({ signal, skip }: SourceContext): AsyncGenerator<unknown> {
    let number = 0;
    for await (const line of this.#lines(signal)) {
      number++;
      if (line.trim() === "") continue;
      const parsed = this.#parse(line, number);
      if (!("error" in parsed)) yield parsed.record;
      else if (this.#skipsBadLines) skip(parsed.error);
      else throw parsed.error;
    }
  }

  #parse(line: string, number: number): { readonly record: unknown } | { readonly error: Error } {
    try {
      return { record: JSON.parse(line) };
    } catch (cause) {
      const details = { path: this.#path, line: number, problem: messageOf(cause) };
      return { error: sourceErrors.LLMSPELL_E_SOURCE_LINE(details, { cause }) };
    }
  }

  async *#lines(signal: AbortSignal): AsyncGenerator<string> {
    try {
      yield* fileLines(this.#path, signal);
    } catch (cause) {
      throw sourceErrors.LLMSPELL_E_SOURCE_FILE({ path: this.#path, problem: messageOf(cause) }, { cause });
    }
  }
}
