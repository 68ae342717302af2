import type {} from "@llmspell/kernel";

/** What a source gets when it is opened. */
export interface SourceContext {
  /** Aborts when no further record is wanted; the source then ends, or throws the signal's reason, within 5 s. */
  readonly signal: AbortSignal;
  /**
   * Leaves out a record that cannot be read and goes on: it counts as read and failed, and is written to the log.
   *
   * @param error what is wrong with the record, and where it is
   */
  skip(error: Error): void;
}

/**
 * Reads records from outside: the lines of a file, the requests to a port. It knows nothing of events: each record
 * becomes one by the templates that stand beside `use` (`type`, `data`, `key` ...). Disposing it comes after reading has
 * ended, may come without `open`, and more than once.
 */
export interface Source extends Partial<AsyncDisposable> {
  /**
   * Starts to read. The next record is asked for only when there is room for it, so a source must not read far ahead.
   *
   * Ends when there is nothing more to read; may go on for ever. Throwing means that reading has failed for good: it
   * fails the run, after everything read before has been handled.
   */
  open(context: SourceContext): AsyncIterable<unknown>;
}

declare module "@llmspell/kernel" {
  interface Kinds {
    source: Source;
  }
}
