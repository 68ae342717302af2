import { type Clock, type Log, messageOf, type Timer } from "@llmspell/base";
import type { StoredEvent } from "./queue-file.ts";

/**
 * How long an acknowledgement may wait to be committed with others; milliseconds. Nobody waits for it: when the process
 * dies before, the event is delivered once more.
 */
const REMOVAL_DELAY = 10;

/** When acknowledgements could not be committed, they are tried again after this; milliseconds. */
const RETRY_DELAY = 1000;

/** What is written to, all or nothing. */
export interface TransactionalFile {
  write(removed: readonly number[], added: readonly StoredEvent[]): void;
}

export interface GroupCommitOptions {
  /** How many texts, or removals, one transaction holds at most. */
  readonly size: number;
  /** Milliseconds that the first text waits for others; 0 for those of the same moment only. */
  readonly interval: number;
}

export interface GroupCommitDependencies {
  readonly clock: Clock;
  readonly log: Log;
  /** Told which texts are in the file now, before those who wait for them are. */
  committed(added: readonly StoredEvent[]): void;
}

/**
 * Collects what is to be written and writes it in one transaction, since a transaction costs several times a row.
 *
 * All texts of one transaction share its fate and one promise. A removal cannot fail for good: it is tried again with the
 * next transaction.
 */
export class GroupCommit {
  readonly #file: TransactionalFile;
  readonly #options: GroupCommitOptions;
  readonly #dependencies: GroupCommitDependencies;
  #added: StoredEvent[] = [];
  #removed: number[] = [];
  #group: PromiseWithResolvers<void> | undefined;
  #timer: Timer | undefined;
  #removalTimer: Timer | undefined;
  #isFailing = false;

  constructor(file: TransactionalFile, options: GroupCommitOptions, dependencies: GroupCommitDependencies) {
    this.#file = file;
    this.#options = options;
    this.#dependencies = dependencies;
  }

  /** Settled when the text is in the file, or could not be written; the same promise for all of one transaction. */
  add(position: number, text: string): Promise<void> {
    const group = this.#group ?? this.#begin();
    if (this.#added.push({ position, text }) >= this.#options.size) this.flush();
    return group.promise;
  }

  remove(position: number): void {
    if (this.#removed.push(position) % this.#options.size === 0) this.flush();
    else this.#flushRemovalsAfter(REMOVAL_DELAY);
  }

  /** Writes what has been collected. Never throws: who waits is told. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#removalTimer?.cancel();
    this.#removalTimer = undefined;
    const group = this.#group;
    const added = this.#added;
    if (group === undefined && this.#removed.length === 0) return;
    this.#group = undefined;
    this.#added = [];
    const error = this.#write(added);
    if (error === undefined) {
      this.#dependencies.committed(added);
      group?.resolve();
      return;
    }
    group?.reject(error);
    if (this.#removed.length === 0) return;
    // What was handled must not come again because something else found no room.
    const hasRemoved = group !== undefined && this.#write([]) === undefined;
    if (!hasRemoved) this.#flushRemovalsAfter(RETRY_DELAY);
  }

  #begin(): PromiseWithResolvers<void> {
    const group = Promise.withResolvers<void>();
    this.#group = group;
    const { interval } = this.#options;
    if (interval > 0) this.#timer = this.#dependencies.clock.setTimeout(() => this.flush(), interval);
    // What is emitted without an await between is in one group, and who emits one at a time waits for no timer.
    else queueMicrotask(() => this.#flushIfStill(group));
    return group;
  }

  #flushIfStill(group: PromiseWithResolvers<void>): void {
    if (this.#group === group) this.flush();
  }

  /** What went wrong, or `undefined`. */
  #write(added: readonly StoredEvent[]): unknown {
    try {
      this.#file.write(this.#removed, added);
      this.#removed = [];
      if (added.length > 0) this.#isFailing = false;
      return undefined;
    } catch (error) {
      this.#tell(error);
      return error;
    }
  }

  #flushRemovalsAfter(delay: number): void {
    this.#removalTimer ??= this.#dependencies.clock.setTimeout(() => this.flush(), delay).unref();
  }

  /** Once, until an event could be written again; each refused event is told to its emitter beside that. */
  #tell(error: unknown): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#dependencies.log.warn(messageOf(error), { acknowledgementsWaiting: this.#removed.length });
  }
}
