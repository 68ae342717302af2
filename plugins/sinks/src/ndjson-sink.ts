import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { messageOf } from "@llmspell/base";
import type { Sink, SinkContext } from "@llmspell/pipelines";
import { sinkErrors } from "./errors.ts";
import { type NdjsonSinkOptions, ndjsonSinkOptionsDefaults } from "./generated/options.ts";
import { claimFile, releaseFile } from "./open-files.ts";

const LINE_FEED = 0x0a;

/** What a sink may be told from outside. */
export interface NdjsonSinkDependencies {
  /** What messages call it; `a sink` unless given. */
  readonly owner?: string | undefined;
}

/**
 * Writes each record as one line of JSON. Lines never mix: all go through one stream, which joins those that wait into
 * one system call. After a failure the next write opens the file again, and goes on behind what is there.
 */
export class NdjsonSink implements Sink {
  readonly owner: string;
  readonly #path: string;
  #flags: "a" | "w";
  readonly #fsync: boolean;
  #file: Promise<Writable> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: NdjsonSinkOptions, { owner = "a sink" }: NdjsonSinkDependencies = {}) {
    this.owner = owner;
    const { path, mode, fsync } = { ...ndjsonSinkOptionsDefaults, ...options };
    this.#path = path;
    this.#flags = mode === "append" ? "a" : "w";
    this.#fsync = fsync;
  }

  /**
   * Creates the file, and its directory; the first write does it otherwise. From then until it is disposed no other sink
   * of this process may write the file.
   *
   * @throws LLMSPELL_E_SINK_FILE, LLMSPELL_E_SINK_CLOSED
   */
  async open(): Promise<void> {
    await this.#opened();
  }

  /**
   * Resolves when the operating system has the line.
   *
   * @throws LLMSPELL_E_SINK_RECORD, LLMSPELL_E_SINK_FILE, LLMSPELL_E_SINK_CLOSED; the signal's reason when it has
   * aborted before
   */
  async write(record: unknown, { signal }: SinkContext): Promise<void> {
    signal.throwIfAborted();
    const line = `${this.#serialize(record)}\n`;
    const stream = await this.#opened();
    await this.#writeTo(stream, line);
  }

  /** Resolves when the operating system has every line; throws LLMSPELL_E_SINK_FILE. */
  async flush(): Promise<void> {
    if (this.#file === undefined || this.#closing !== undefined) return;
    const stream = await this.#file;
    await this.#writeTo(stream, "");
  }

  /** Finishes the writes under way and closes the file; throws LLMSPELL_E_SINK_FILE when that fails. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #opened(): Promise<Writable> {
    if (this.#closing !== undefined) return Promise.reject(sinkErrors.LLMSPELL_E_SINK_CLOSED({ path: this.#path }));
    this.#file ??= this.#openFile().catch((error: unknown) => {
      this.#file = undefined;
      throw error;
    });
    return this.#file;
  }

  async #openFile(): Promise<Writable> {
    const holder = claimFile(this.#path, this);
    if (holder !== undefined) {
      const problem = `${this.owner} and ${holder.owner} would overwrite each other`;
      throw sinkErrors.LLMSPELL_E_SINK_FILE({ path: this.#path, problem });
    }
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      const continues = this.#flags === "a" && (await endsWithinLine(this.#path));
      const stream = createWriteStream(this.#path, { flags: this.#flags, flush: this.#fsync });
      await once(stream, "open");
      // What has been written stays, whatever happens from here on: another opening goes on behind it.
      this.#flags = "a";
      // Every failure reaches the caller of the write that it concerns; the next write opens the file again.
      stream.on("error", () => {
        this.#file = undefined;
      });
      if (continues) stream.write("\n");
      return stream;
    } catch (cause) {
      throw this.#fileError(cause);
    }
  }

  #serialize(record: unknown): string {
    let problem = "it is undefined or a function";
    try {
      const text = JSON.stringify(record);
      if (text !== undefined) return text;
    } catch (error) {
      problem = messageOf(error);
    }
    throw sinkErrors.LLMSPELL_E_SINK_RECORD({ path: this.#path, problem });
  }

  #writeTo(stream: Writable, text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      stream.write(text, (error) => {
        if (error) reject(this.#fileError(error));
        else resolve();
      });
    });
  }

  async #close(): Promise<void> {
    try {
      const stream = await this.#file?.catch(() => undefined);
      // After a failure, which its writer was told of, the stream has closed itself.
      if (stream === undefined || stream.errored !== null) return;
      stream.end();
      await finished(stream);
    } catch (cause) {
      throw this.#fileError(cause);
    } finally {
      releaseFile(this.#path, this);
    }
  }

  #fileError(cause: unknown) {
    return sinkErrors.LLMSPELL_E_SINK_FILE({ path: this.#path, problem: messageOf(cause) }, { cause });
  }
}

/** Whether a file's last line has no end: it was cut off, or written by somebody who leaves the last one out. */
async function endsWithinLine(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  // Reading from a pipe or a device would wait, or take away what is meant for others.
  if (stats === undefined || !stats.isFile() || stats.size === 0) return false;
  const file = await open(path, "r");
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, stats.size - 1);
    return buffer[0] !== LINE_FEED;
  } finally {
    await file.close();
  }
}
