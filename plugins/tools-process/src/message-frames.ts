import { LineReader, LineTooLongError } from "@llmspell/child-processes";
import { ByteQueue } from "./byte-queue.ts";

/** How messages are told apart in a stream of bytes. */
export interface MessageFrames {
  /**
   * Takes what came, gives the messages that are whole now.
   *
   * @throws FrameError when what came can be no message
   */
  push(chunk: Buffer): Iterable<string>;
  /** A message as it is written. */
  frame(message: string): string;
}

/** What came is no message. */
export class FrameError extends Error {
  override readonly name = "FrameError";
}

/** How much of what came a FrameError shows, in characters. */
const EXCERPT = 80;
/** The longest header, in bytes. */
const LONGEST_HEADER = 4096;

/** Each message is one line of JSON. Empty lines are none. */
export class LineFrames implements MessageFrames {
  readonly #maxMessageSize: number;
  readonly #lines: LineReader;
  #line = 0;

  /** @param maxMessageSize bytes of the longest line */
  constructor(maxMessageSize: number) {
    this.#maxMessageSize = maxMessageSize;
    this.#lines = new LineReader(maxMessageSize);
  }

  *push(chunk: Buffer): Iterable<string> {
    try {
      for (const text of this.#lines.read(chunk)) {
        this.#line++;
        const line = text.trim();
        if (line === "") continue;
        // A program that prints is recognised before its line is read as JSON, and shown by what it printed.
        if (!line.startsWith("{")) throw new FrameError(`line ${this.#line} is ${excerptOf(line)}`);
        yield line;
      }
    } catch (error) {
      throw error instanceof LineTooLongError ? this.#tooLong(error) : error;
    }
  }

  frame(message: string): string {
    return `${message}\n`;
  }

  #tooLong({ start }: LineTooLongError): FrameError {
    const where = `line ${this.#line + 1} is longer than ${this.#maxMessageSize} bytes (\`maxMessageSize\`)`;
    return new FrameError(`${where}; it begins with ${excerptOf(start)}`);
  }
}

/**
 * Each message has a Content-Length before it, as the base protocol of the Language Server Protocol says:
 * https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/#baseProtocol
 */
export class HeaderFrames implements MessageFrames {
  readonly #maxMessageSize: number;
  readonly #kept = new ByteQueue();
  /** Bytes of the message whose header was read; `undefined` while a header is read. */
  #bodyLength: number | undefined;
  /** Bytes that were taken so far: where an error is. */
  #position = 0;

  /** @param maxMessageSize bytes of the longest message */
  constructor(maxMessageSize: number) {
    this.#maxMessageSize = maxMessageSize;
  }

  *push(chunk: Buffer): Iterable<string> {
    this.#kept.push(chunk);
    for (;;) {
      this.#bodyLength ??= this.#readHeader();
      if (this.#bodyLength === undefined || this.#kept.length < this.#bodyLength) return;
      const body = this.#take(this.#bodyLength).toString("utf8");
      this.#bodyLength = undefined;
      yield body;
    }
  }

  frame(message: string): string {
    return `Content-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`;
  }

  /** The length that the header names, once it is whole. */
  #readHeader(): number | undefined {
    const kept = this.#kept.takeAll();
    const end = kept.subarray(0, LONGEST_HEADER).indexOf("\r\n\r\n");
    const lines = kept.toString("latin1", 0, end < 0 ? Math.min(kept.length, LONGEST_HEADER) : end).split("\n");
    const whole = end < 0 ? lines.slice(0, -1) : lines;
    const strange = whole.find((line) => !/^[\w-]+:[^\r]*\r?$/.test(line));
    if (strange !== undefined) throw this.#error(`is ${excerptOf(strange)}, not a header`);
    this.#kept.push(kept);
    if (end >= 0) return this.#lengthIn(whole, end + 4);
    if (kept.length > LONGEST_HEADER) throw this.#error(`is ${excerptOf(lines[0] ?? "")}, and no header ends`);
    return undefined;
  }

  #lengthIn(lines: readonly string[], headerLength: number): number {
    const length = Number(lines.map((line) => /^content-length:\s*(\d+)\s*$/i.exec(line)?.[1]).find(Boolean) ?? "none");
    if (Number.isNaN(length)) throw this.#error("is a header without Content-Length");
    if (length > this.#maxMessageSize) {
      throw this.#error(`is a message of ${length} bytes, more than ${this.#maxMessageSize} (\`maxMessageSize\`)`);
    }
    this.#take(headerLength);
    return length;
  }

  #take(count: number): Buffer {
    this.#position += count;
    return this.#kept.take(count);
  }

  #error(what: string): FrameError {
    return new FrameError(`what stands at byte ${this.#position} ${what}`);
  }
}

/** The start of what came, quoted. */
export function excerptOf(text: string): string {
  return JSON.stringify(text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text);
}
