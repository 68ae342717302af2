const NEWLINE = 0x0a;
/** How much of a line that is too long its error tells, in bytes. */
const START_KEPT = 200;

/** A line is longer than it may be. */
export class LineTooLongError extends Error {
  override readonly name = "LineTooLongError";
  /** How it begins. */
  readonly start: string;

  /** @param maxLength bytes that it may have */
  constructor(maxLength: number, start: string) {
    super(`A line is longer than ${maxLength} bytes.`);
    this.start = start;
  }
}

/** Cuts a stream of bytes into lines. A line that comes in many pieces is put together once, when it is whole. */
export class LineReader {
  readonly #maxLength: number;
  #pieces: Buffer[] = [];
  #length = 0;

  /** @param maxLength how long a line may be at most, in bytes */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /**
   * Takes what has come; yields the lines that are whole now, without their `\n`.
   *
   * @throws LineTooLongError as soon as a line is too long, though it be not whole
   */
  *read(chunk: Buffer): Generator<string> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      yield this.#finish(chunk, start, end);
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  #finish(chunk: Buffer, start: number, end: number): string {
    // Mostly a line comes whole; then nothing is copied.
    if (this.#length === 0 && end - start <= this.#maxLength) return chunk.toString("utf8", start, end);
    this.#keep(chunk.subarray(start, end));
    return this.#takeAll().toString("utf8");
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length <= this.#maxLength) return;
    throw new LineTooLongError(this.#maxLength, this.#takeAll().toString("utf8", 0, START_KEPT));
  }

  #takeAll(): Buffer {
    const all = Buffer.concat(this.#pieces, this.#length);
    this.#pieces = [];
    this.#length = 0;
    return all;
  }
}
