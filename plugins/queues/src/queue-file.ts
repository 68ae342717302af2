import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { messageOf } from "@llmspell/base";
import { queueErrors } from "./errors.ts";

/** "spel" in the file's header, so that no other program's database is taken for a queue. */
const APPLICATION_ID = 0x7370_656c;
const FORMAT = 1;

/** The journal is cut to this after a checkpoint, should a commit have been larger; bytes. What SQLite lets it grow to. */
const JOURNAL_SIZE = 4 * 1024 * 1024;

/** SQLite's result code of a database that may not grow, or a disk that is full. */
const SQLITE_FULL = 13;

/** So many rows are inserted by one statement, which costs a fifth less than one by one. */
const ROWS = 20;

export interface QueueFileOptions {
  readonly path: string;
  readonly synchronous: "normal" | "full";
  /** Bytes. */
  readonly maxSize: number;
}

/** An event in the file. */
export interface StoredEvent {
  /** Where it stands; the file is in the order of its positions. */
  readonly position: number;
  readonly text: string;
}

/**
 * The file of a queue: texts in the order of their positions, written in transactions. It belongs to one process alone,
 * which SQLite's lock sees to; when that process dies, however it does, the lock is gone.
 */
export class QueueFile {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #insertMany: StatementSync;
  readonly #remove: StatementSync;
  readonly #select: StatementSync;
  readonly #count: StatementSync;

  private constructor(path: string, database: DatabaseSync) {
    this.path = path;
    this.#database = database;
    const insert = "INSERT INTO events (position, event) VALUES (?, ?)";
    this.#insert = database.prepare(insert);
    this.#insertMany = database.prepare(`${insert}${", (?, ?)".repeat(ROWS - 1)}`);
    this.#remove = database.prepare("DELETE FROM events WHERE position BETWEEN ? AND ?");
    this.#select = database.prepare(
      "SELECT position, event AS text FROM events WHERE position > ? AND position < ? ORDER BY position LIMIT ?",
    );
    this.#count = database.prepare(
      "SELECT count(*) AS count, max(position) AS last FROM events WHERE position >= ? AND position < ?",
    );
  }

  /**
   * Opens the file, or creates it.
   *
   * @throws LLMSPELL_E_QUEUE_OPEN
   */
  static async open(options: QueueFileOptions): Promise<QueueFile> {
    const { path } = options;
    // Not imported above: on Node 22 the module prints a warning when it is loaded, which only its users need to see.
    const { DatabaseSync } = await import("node:sqlite");
    let database: DatabaseSync | undefined;
    try {
      mkdirSync(dirname(path), { recursive: true });
      database = new DatabaseSync(path);
      prepare(database, options);
      return new QueueFile(path, database);
    } catch (cause) {
      database?.close();
      throw queueErrors.LLMSPELL_E_QUEUE_OPEN({ path, problem: messageOf(cause) }, { cause });
    }
  }

  /** How many texts stand from one position up to another, and the last of their positions. */
  count(from: number, end: number): { readonly count: number; readonly last: number | null } {
    return this.#count.get(from, end) as { readonly count: number; readonly last: number | null };
  }

  /** The first texts after one position and before another. */
  read(after: number, end: number, limit: number): StoredEvent[] {
    const rows = this.#select.all(after, end, limit);
    return rows.map(({ position, text }) => ({ position: Number(position), text: String(text) }));
  }

  /**
   * Removes and adds, all or nothing.
   *
   * @throws LLMSPELL_E_QUEUE_FULL, LLMSPELL_E_QUEUE_WRITE
   */
  write(removed: readonly number[], added: readonly StoredEvent[]): void {
    try {
      this.#database.exec("BEGIN");
      // What is removed first makes room for what comes.
      this.#removeAll(removed);
      this.#insertAll(added);
      this.#database.exec("COMMIT");
    } catch (cause) {
      // Some failures, a full disk among them, have rolled it back already.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw this.#writeError(cause);
    }
  }

  close(): void {
    this.#database.close();
  }

  /** What is handled in order stands side by side, and goes at once. */
  #removeAll(positions: readonly number[]): void {
    const sorted = positions.toSorted((left, right) => left - right);
    let from = sorted[0];
    for (let index = 0; index < sorted.length && from !== undefined; index++) {
      const position = sorted[index] ?? from;
      const next = sorted[index + 1];
      if (next === position + 1) continue;
      this.#remove.run(from, position);
      from = next;
    }
  }

  #insertAll(rows: readonly StoredEvent[]): void {
    let values: (number | string)[] = [];
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index];
      if (row === undefined) continue;
      values.push(row.position, row.text);
      if (values.length < 2 * ROWS) continue;
      this.#insertMany.run(...values);
      values = [];
    }
    for (let index = 0; index < values.length; index += 2) this.#insert.run(...values.slice(index, index + 2));
  }

  #writeError(cause: unknown): Error {
    const { path } = this;
    if (cause instanceof Error && "errcode" in cause && cause.errcode === SQLITE_FULL)
      return queueErrors.LLMSPELL_E_QUEUE_FULL({ path }, { cause });
    return queueErrors.LLMSPELL_E_QUEUE_WRITE({ path, problem: messageOf(cause) }, { cause });
  }
}

function prepare(database: DatabaseSync, { synchronous, maxSize }: QueueFileOptions): void {
  // The lock is taken with the first read and kept, so a second process fails here and not later.
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  const version = pragma(database, "user_version");
  const isNew = version === 0 && pragma(database, "schema_version") === 0;
  if (!isNew && pragma(database, "application_id") !== APPLICATION_ID)
    throw new Error("it is not the file of a queue.");
  if (!isNew && version !== FORMAT)
    throw new Error(`its format is ${version}, and this version of the plugin knows ${FORMAT}.`);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`);
  database.exec(`PRAGMA journal_size_limit = ${JOURNAL_SIZE}`);
  const pages = Math.floor(maxSize / pragma(database, "page_size"));
  database.exec(`PRAGMA max_page_count = ${Math.max(1, pages)}`);
  if (!isNew) return;
  database.exec(`BEGIN;
    CREATE TABLE events (position INTEGER PRIMARY KEY, event TEXT NOT NULL) STRICT;
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${FORMAT};
    COMMIT`);
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}
