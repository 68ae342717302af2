import { LineCounter } from "yaml";

/** A configuration file's text, and how offsets in it are shown to a reader. */
export class SourceFile {
  /** Absolute path, or a name in angle brackets for what came from no file. */
  readonly path: string;
  /** Without a byte order mark. */
  readonly text: string;
  readonly #lines = new LineCounter();

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text.startsWith("\uFEFF") ? text.slice(1) : text;
    this.#lines.addNewLine(0);
    for (let index = this.text.indexOf("\n"); index >= 0; index = this.text.indexOf("\n", index + 1)) {
      this.#lines.addNewLine(index + 1);
    }
  }

  /** Line and column of an offset, both counted from 1; a column is a UTF-16 unit, as editors count. */
  position(offset: number): { readonly line: number; readonly column: number } {
    const { line, col } = this.#lines.linePos(Math.max(0, Math.min(offset, this.text.length)));
    return { line, column: col };
  }

  /** A line's text, counted from 1, without its line end. */
  line(number: number): string {
    const start = this.#lines.lineStarts[number - 1];
    if (start === undefined) return "";
    const end = this.text.indexOf("\n", start);
    return this.text.slice(start, end < 0 ? undefined : end).replace(/\r$/, "");
  }
}

/** A stretch of a file: offsets of its first character and of the one after its last. */
export interface Place {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}
