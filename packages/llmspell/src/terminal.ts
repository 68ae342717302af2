import { styleText } from "node:util";

/** The part of a writable stream that output needs; `process.stdout` is one. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export type Style = Parameters<typeof styleText>[0];

const CLEAR_LINE = "\r\u001B[K";
const DEFAULT_COLUMNS = 80;

/** One output stream: knows whether it may be coloured, and keeps secrets out of what is written to it. */
class Output {
  readonly isTerminal: boolean;
  readonly hasColor: boolean;
  readonly #stream: OutputStream;
  readonly #redact: (text: string) => string;

  constructor(stream: OutputStream, hasColor: boolean, redact: (text: string) => string) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    this.hasColor = hasColor;
    this.#redact = redact;
  }

  get columns(): number {
    // A terminal that does not know its size says 0.
    return this.#stream.columns || DEFAULT_COLUMNS;
  }

  /** How wide a table may be; where a script reads it, a row is a line, however long. */
  get width(): number {
    return this.isTerminal ? this.columns : Number.POSITIVE_INFINITY;
  }

  paint(style: Style, text: string): string {
    return this.hasColor ? styleText(style, text, { validateStream: false }) : text;
  }

  write(text: string): void {
    this.writeRedacted(this.#redact(text));
  }

  /** Writes what has no secrets in it any more. */
  writeRedacted(text: string): void {
    this.#stream.write(text);
  }
}

/** Where the command writes: results to `stdout`, everything else to `stderr`, with one status line below it. */
export class Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
  #redact: (text: string) => string = (text) => text;
  #status = "";

  constructor(stdout: OutputStream, stderr: OutputStream, environment: Readonly<Record<string, string | undefined>>) {
    const redact = (text: string) => this.#redact(text);
    this.stdout = new Output(stdout, mayColor(stdout, environment), redact);
    this.stderr = new Output(stderr, mayColor(stderr, environment), redact);
  }

  /** From now on everything written passes through `redact`, which takes secrets out. */
  redactWith(redact: (text: string) => string): void {
    this.#redact = redact;
  }

  /** Writes a result, a line end added. */
  print(text: string): void {
    this.#withoutStatus(() => this.stdout.write(`${text}\n`));
  }

  /** The same for a result that has no secrets in it any more: JSON that was redacted value by value. */
  printRedacted(text: string): void {
    this.#withoutStatus(() => this.stdout.writeRedacted(`${text}\n`));
  }

  /** Writes a message that is no result, a line end added. */
  say(text: string): void {
    this.#withoutStatus(() => this.stderr.write(`${text}\n`));
  }

  /** Shows `text` as the last line, in place of what was shown before; only on a terminal. Empty text takes it away. */
  showStatus(text: string): void {
    if (!this.stderr.isTerminal) return;
    const wasShown = this.#status !== "";
    this.#status = text.slice(0, this.stderr.columns - 1);
    if (this.#status !== "") this.stderr.write(CLEAR_LINE + this.stderr.paint("dim", this.#status));
    else if (wasShown) this.stderr.write(CLEAR_LINE);
  }

  #withoutStatus(write: () => void): void {
    const status = this.#status;
    this.showStatus("");
    write();
    if (status !== "") this.showStatus(status);
  }
}

/** https://no-color.org and https://force-color.org; the latter wins, as it does in Node. */
function mayColor(stream: OutputStream, environment: Readonly<Record<string, string | undefined>>): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: refused } = environment;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return stream.isTTY === true && (refused === undefined || refused === "");
}
