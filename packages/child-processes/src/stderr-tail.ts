/** Lines that are kept. */
const MOST_LINES = 20;
/** Characters that are kept of a line. */
const LONGEST_LINE = 500;

/** The last lines that a process wrote to standard error: enough for an error's message, bounded whatever it writes. */
export class StderrTail {
  readonly #onLine: (line: string) => void;
  readonly #lines: string[] = [];
  /** The line that is not ended yet, up to its longest. */
  #open = "";
  #hasOpen = false;
  #dropped = 0;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(text: string): void {
    const parts = text.split("\n");
    const last = parts.pop() ?? "";
    for (const part of parts) {
      this.#extend(part);
      this.endLine();
    }
    if (last !== "") this.#extend(last);
  }

  /** What is open is a line: its end came, or no more will come. */
  endLine(): void {
    if (!this.#hasOpen) return;
    const line = this.#open.replace(/\r$/, "");
    this.#open = "";
    this.#hasOpen = false;
    this.#onLine(line);
    this.#lines.push(line);
    if (this.#lines.length <= MOST_LINES) return;
    this.#lines.shift();
    this.#dropped++;
  }

  /** The last lines; says how many came before them. */
  get text(): string {
    const lines = this.#hasOpen ? [...this.#lines, this.#open] : this.#lines;
    return [...(this.#dropped === 0 ? [] : [`(${this.#dropped} lines before)`]), ...lines].join("\n");
  }

  #extend(part: string): void {
    this.#hasOpen = true;
    if (this.#open.length < LONGEST_LINE) this.#open += part.slice(0, LONGEST_LINE - this.#open.length);
  }
}
