import type {} from "@llmspell/kernel";

export interface SinkContext {
  /** Aborts when the writer gives up. */
  readonly signal: AbortSignal;
}

/** Keeps records that pipelines write. Disposing it finishes what is under way and releases what it holds. */
export interface Sink extends AsyncDisposable {
  /** Makes it ready for the first record; awaited before any event is handled. */
  open?(): Promise<void>;
  /**
   * Takes one record, which is any JSON value. May be called while earlier writes are under way; the order is that of
   * the calls. Resolves when the record needs no more memory here, which is what slows writers down.
   *
   * Throwing means that the record has not been kept.
   */
  write(record: unknown, context: SinkContext): void | Promise<void>;
  /** Resolves when everything written before can be read by others. */
  flush?(): Promise<void>;
}

declare module "@llmspell/kernel" {
  interface Kinds {
    sink: Sink;
  }
}
