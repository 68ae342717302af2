const NEWLINE = 0x0a;

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
   * Takes what has come; yields the lines that are whole now, without their ends.
   *
   * @throws RangeError when a line is too long
   */
  *read(chunk: Buffer): Generator<string> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      yield this.#finish(chunk, start, end);
      start = end + 1;
    }
    if (start === chunk.length) return;
    this.#keep(chunk.subarray(start));
  }

  #keep(piece: Buffer): void {
    this.#length += piece.length;
    if (this.#length > this.#maxLength) {
      this.#pieces = [];
      throw new RangeError(`A line is longer than ${this.#maxLength} bytes.`);
    }
    this.#pieces.push(piece);
  }

  #finish(chunk: Buffer, start: number, end: number): string {
    // Mostly a message comes whole; then nothing is copied.
    if (this.#pieces.length === 0) return chunk.toString("utf8", start, end);
    this.#keep(chunk.subarray(start, end));
    const line = Buffer.concat(this.#pieces, this.#length).toString("utf8");
    this.#pieces = [];
    this.#length = 0;
    return line;
  }
}
