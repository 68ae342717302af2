import { createWriteStream, type WriteStream } from "node:fs";
import { resolve } from "node:path";
import { finished } from "node:stream/promises";
import { messageOf } from "@llmspell/base";
import { TraceRecorder } from "@llmspell/simulation";
import type { ToolExecutionPool } from "@llmspell/tools";
import type { CommandContext } from "./command-context.ts";
import { commandErrors } from "./errors.ts";
import { countOf } from "./figures.ts";

/**
 * Opens the file that a run's calls are written to, for `llmspell simulate tools`; one that exists is overwritten.
 *
 * @throws LLMSPELL_E_RUN_TRACE
 */
export async function openRecording({ directory, clock }: CommandContext, path: string): Promise<TraceRecording> {
  const file = createWriteStream(resolve(directory, path));
  await new Promise<void>((opened, failed) => {
    file.once("open", () => opened());
    file.once("error", (error) => failed(traceError(error)));
  });
  return new TraceRecording(path, file, new TraceRecorder(file, clock));
}

/** A trace that is being written. */
export class TraceRecording implements AsyncDisposable {
  readonly #path: string;
  readonly #file: WriteStream;
  readonly #recorder: TraceRecorder;
  readonly #finished: Promise<void>;

  constructor(path: string, file: WriteStream, recorder: TraceRecorder) {
    this.#path = path;
    this.#file = file;
    this.#recorder = recorder;
    this.#finished = finished(file);
    // A disk that is full must not end the run: it is told when the trace is closed.
    this.#finished.catch(() => undefined);
  }

  /** From now on each call of these pools is written. */
  observe(tools: ToolExecutionPool): void {
    tools.observe(this.#recorder);
  }

  /**
   * Writes what is left.
   *
   * @returns what was written, for a person
   * @throws LLMSPELL_E_RUN_TRACE when the file could not be written
   */
  async close(): Promise<string> {
    this.#file.end();
    await this.#finished.catch((error: unknown) => {
      throw traceError(error);
    });
    const { recorded, left } = this.#recorder;
    const missing = left > 0 ? `; ${countOf(left, "call")} left out, the disk was too slow` : "";
    return `${countOf(recorded, "call")} recorded in ${this.#path}${missing}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#file.end();
    await this.#finished.catch(() => undefined);
  }
}

function traceError(error: unknown): Error {
  return commandErrors.LLMSPELL_E_RUN_TRACE({ problem: messageOf(error) });
}
