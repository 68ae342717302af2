import type { Readable, Writable } from "node:stream";
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  type Disposable,
  Message,
  type MessageReader,
  type MessageWriter,
} from "vscode-jsonrpc/node";
import { excerptOf, FrameError, type MessageFrames } from "./message-frames.ts";

/** Messages that wait to be handled at most; then no more is read until half of them are done. */
const MOST_WAITING = 1000;

/**
 * Reads messages from a stream. The first that is none is an error and the end: `onError`, then nothing more is read, so that a
 * program that writes without end fills no memory.
 */
export class StreamReader extends AbstractMessageReader implements MessageReader {
  readonly #stream: Readable;
  readonly #frames: MessageFrames;
  /** Those that wait and have no id. */
  #unnamed = 0;
  /** The ids of the others: of equal ones the connection keeps the last only. */
  readonly #named = new Set<string>();

  constructor(stream: Readable, frames: MessageFrames) {
    super();
    this.#stream = stream;
    this.#frames = frames;
  }

  listen(callback: DataCallback): Disposable {
    const onData = (chunk: Buffer) => {
      try {
        for (const text of this.#frames.push(chunk)) this.#deliver(messageIn(text), callback);
      } catch (error) {
        dispose();
        this.#stream.destroy();
        this.fireError(error);
      }
    };
    const dispose = () => void this.#stream.off("data", onData);
    this.#stream.on("data", onData);
    this.#stream.on("error", (error) => this.fireError(error));
    this.#stream.on("close", () => this.fireClose());
    return { dispose };
  }

  /** A message that was delivered has been handled. */
  handled(message: Message): void {
    const key = keyOf(message);
    if (key === undefined) this.#unnamed--;
    else this.#named.delete(key);
    if (this.#waiting <= MOST_WAITING / 2 && this.#stream.isPaused()) this.#stream.resume();
  }

  get #waiting(): number {
    return this.#unnamed + this.#named.size;
  }

  #deliver(message: Message, callback: DataCallback): void {
    // Nobody here serves requests of the program that it could cancel.
    if (Message.isNotification(message) && message.method === "$/cancelRequest") return;
    const key = keyOf(message);
    if (key === undefined) this.#unnamed++;
    else this.#named.add(key);
    if (this.#waiting >= MOST_WAITING) this.#stream.pause();
    callback(message);
  }
}

/** By what the connection tells waiting messages apart; `undefined` where it keeps each. */
function keyOf(message: Message): string | undefined {
  if (Message.isRequest(message)) return `request ${message.id}`;
  if (Message.isResponse(message) && message.id !== null) return `response ${message.id}`;
  return undefined;
}

/** Writes messages to a stream. */
export class StreamWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #stream: Writable;
  readonly #frames: MessageFrames;

  constructor(stream: Writable, frames: MessageFrames) {
    super();
    this.#stream = stream;
    this.#frames = frames;
    stream.on("error", (error) => this.fireError(error));
    stream.on("close", () => this.fireClose());
  }

  /** @throws TypeError when the message cannot be written as JSON; what the stream fails with */
  async write(message: Message): Promise<void> {
    const framed = this.#frames.frame(JSON.stringify(message));
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(framed, (error) => {
        if (!error) return resolve();
        // Before the message's own failure is heard of: it is the stream that failed, not the message.
        this.fireError(error);
        reject(error);
      });
    });
  }

  end(): void {
    this.#stream.end();
  }
}

/** @throws FrameError when the text is no JSON-RPC message */
function messageIn(text: string): Message {
  const value = parsed(text);
  if (typeof value !== "object" || value === null) throw new FrameError(`found ${excerptOf(text)}`);
  const isRequest = "method" in value && typeof value.method === "string";
  const isAnswer = "id" in value && ["number", "string"].includes(typeof value.id);
  const isFailure = "error" in value && typeof value.error === "object" && value.error !== null;
  if (!isRequest && !isAnswer && !isFailure)
    throw new FrameError(`neither a request nor an answer: ${excerptOf(text)}`);
  // A JavaScript program whose result is `undefined` writes none.
  const missing = isRequest || "result" in value || isFailure ? {} : { result: null };
  return { jsonrpc: "2.0", ...value, ...missing };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FrameError(`${excerptOf(text)} is no JSON (${error instanceof Error ? error.message : error})`);
  }
}
