const EMPTY = Buffer.alloc(0);

/** Bytes that came in pieces, and are taken away in pieces of another size. Each byte is copied once, however many pieces. */
export class ByteQueue {
  #pieces: Buffer[] = [];
  #length = 0;

  /** How many bytes are kept. */
  get length(): number {
    return this.#length;
  }

  push(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  /** Takes the first `count` bytes, or all when there are fewer. */
  take(count: number): Buffer {
    const all = this.takeAll();
    this.push(all.subarray(count));
    return all.subarray(0, count);
  }

  takeAll(): Buffer {
    const [first = EMPTY] = this.#pieces;
    const all = this.#pieces.length <= 1 ? first : Buffer.concat(this.#pieces, this.#length);
    this.#pieces = [];
    this.#length = 0;
    return all;
  }
}
