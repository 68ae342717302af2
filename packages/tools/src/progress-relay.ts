import { type Log, messageOf } from "@llmspell/base";
import type { ToolProgress } from "./tool.ts";

/** Who is told how far a call has come. */
export type ProgressListener = (progress: ToolProgress) => void;

/**
 * Passes a tool's progress on to its caller until the call is settled. A listener that throws fails neither the tool nor the
 * call; the log says so, once.
 */
export class ProgressRelay {
  readonly #listener: ProgressListener;
  readonly #pool: string;
  readonly #log: Log;
  #isClosed = false;
  #hasFailed = false;

  constructor(listener: ProgressListener, pool: string, log: Log) {
    this.#listener = listener;
    this.#pool = pool;
    this.#log = log;
  }

  /** What the tool is given: may be called at any time, also too late. */
  readonly report: ProgressListener = (progress) => {
    if (this.#isClosed) return;
    try {
      this.#listener(progress);
    } catch (error) {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      this.#log.error("A listener for a call's progress failed.", { pool: this.#pool, problem: messageOf(error) });
    }
  };

  /** Passes on no more. */
  close(): void {
    this.#isClosed = true;
  }
}
