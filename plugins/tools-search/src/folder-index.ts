import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Bytes, type Log, parseBytes } from "@llmspell/base";
import type { SearchResult } from "@llmspell/tools/search";
import MiniSearch from "minisearch";
import { textOfFile } from "./file-text.ts";
import { type FolderFile, FolderFiles, type FolderOptions } from "./folder-files.ts";
import { type Passage, passagesOf } from "./passages.ts";
import { snippetOf } from "./snippet.ts";

/** What is read, and how much of it. */
export interface FolderIndexOptions extends FolderOptions {
  readonly maxFiles: number;
  readonly maxFileSize: Bytes;
  readonly maxTotalSize: Bytes;
  /** Characters. */
  readonly snippet: number;
}

/** Why a file is not in the index. */
export type SkipReason = "tooMany" | "tooLarge" | "noRoom" | "notText" | "unreadable";

interface IndexedFile {
  readonly version: string;
  readonly size: number;
  readonly passages: readonly Passage[];
  /** Why it has none. */
  readonly skipped?: SkipReason | undefined;
}

/** How many paths of each reason the log names. */
const NAMED_PATHS = 5;
/** How many passages are added before others get their turn on this thread. */
const CHUNK = 50;
/** A shorter word is found only as it is. */
const MIN_FUZZY = 5;
const MIN_PREFIX = 4;

/** The index of a folder's files, brought up to date by `refresh`; ranked by BM25+ (Lv and Zhai, 2011). */
export class FolderIndex {
  readonly #options: FolderIndexOptions;
  readonly #folder: FolderFiles;
  readonly #maxFileSize: number;
  readonly #maxTotalSize: number;
  readonly #log: Log;
  readonly #files = new Map<string, IndexedFile>();
  readonly #passages = new Map<string, Passage>();
  readonly #index = new MiniSearch<Passage>({ fields: ["title", "path", "text"], autoVacuum: false });
  #skipped: ReadonlyMap<SkipReason, readonly string[]> = new Map();

  /** @throws LLMSPELL_E_BYTES */
  constructor(options: FolderIndexOptions, log: Log) {
    this.#options = options;
    this.#folder = new FolderFiles(options);
    this.#maxFileSize = parseBytes(options.maxFileSize);
    this.#maxTotalSize = parseBytes(options.maxTotalSize);
    this.#log = log;
  }

  /** The best passages for a question, the best first. */
  search(query: string, maxResults: number): SearchResult[] {
    const found = this.#index.search(query, {
      boost: { title: 2 },
      prefix: (term) => term.length >= MIN_PREFIX,
      fuzzy: (term) => (term.length >= MIN_FUZZY ? 0.2 : false),
    });
    return found.slice(0, maxResults).flatMap(({ id, terms }) => {
      const passage = this.#passages.get(String(id));
      return passage === undefined ? [] : [this.#resultOf(passage, terms)];
    });
  }

  /**
   * Reads the files that are new or changed since the last time, and forgets those that are gone. One look at a time.
   *
   * @throws what the file system throws for the folder itself; the signal's reason
   */
  async refresh(signal: AbortSignal): Promise<void> {
    const files = await this.#folder.find(signal);
    const present = new Set(files.map(({ path }) => path));
    for (const path of this.#files.keys()) if (!present.has(path)) this.#forget(path);
    let total = 0;
    for (const [place, file] of files.entries()) {
      signal.throwIfAborted();
      await this.#update(file, place, total, signal);
      if (this.#files.get(file.path)?.skipped === undefined) total += file.size;
    }
    this.#report();
  }

  /** How many files and passages there are, and how many files were skipped, by reason. */
  figures(): Readonly<Record<string, number>> {
    const skipped = [...this.#skipped].map(([reason, paths]) => [reason, paths.length] as const);
    const files = [...this.#files.values()].filter((file) => file.skipped === undefined).length;
    return { files, passages: this.#passages.size, ...Object.fromEntries(skipped) };
  }

  async #update(file: FolderFile, place: number, total: number, signal: AbortSignal): Promise<void> {
    const known = this.#files.get(file.path);
    const reason = this.#reasonToSkip(file, place, total);
    const isKnown = known?.version === file.version;
    // What was skipped for its content stays skipped until it changes; what was for want of room may have it now.
    if (isKnown && reason === undefined && !isWantOfRoom(known.skipped)) return;
    if (isKnown && reason !== undefined && reason === known.skipped) return;
    const read = reason === undefined ? await this.#read(file, signal) : reason;
    this.#forget(file.path);
    const passages = typeof read === "string" ? [] : read;
    const skipped = typeof read === "string" ? read : undefined;
    this.#files.set(file.path, { version: file.version, size: file.size, passages, skipped });
    for (const passage of passages) this.#passages.set(passage.id, passage);
    await this.#index.addAllAsync(passages, { chunkSize: CHUNK });
  }

  async #read({ path }: FolderFile, signal: AbortSignal): Promise<readonly Passage[] | SkipReason> {
    try {
      const bytes = await readFile(join(this.#options.folder, path), { signal });
      // It may have grown since it was looked at.
      if (bytes.length > this.#maxFileSize) return "tooLarge";
      const text = textOfFile(path, bytes);
      return text === undefined ? "notText" : passagesOf(path, text);
    } catch {
      signal.throwIfAborted();
      return "unreadable";
    }
  }

  #reasonToSkip({ size }: FolderFile, place: number, total: number): SkipReason | undefined {
    if (place >= this.#options.maxFiles) return "tooMany";
    if (size > this.#maxFileSize) return "tooLarge";
    return total + size > this.#maxTotalSize ? "noRoom" : undefined;
  }

  #forget(path: string): void {
    const known = this.#files.get(path);
    if (known === undefined) return;
    this.#files.delete(path);
    for (const passage of known.passages) {
      this.#index.remove(passage);
      this.#passages.delete(passage.id);
    }
  }

  /** Says what was skipped, once for each change of it. */
  #report(): void {
    const skipped = new Map<SkipReason, string[]>();
    for (const [path, { skipped: reason }] of this.#files) {
      if (reason === undefined) continue;
      const paths = skipped.get(reason);
      if (paths === undefined) skipped.set(reason, [path]);
      else paths.push(path);
    }
    const before = this.#skipped;
    this.#skipped = skipped;
    if (JSON.stringify([...skipped]) === JSON.stringify([...before])) return;
    for (const [reason, paths] of skipped) {
      const fields = { folder: this.#options.folder, reason, count: paths.length, files: paths.slice(0, NAMED_PATHS) };
      this.#log.warn("Files are left out of the search.", fields);
    }
  }

  #resultOf({ path, title, text, line }: Passage, words: readonly string[]): SearchResult {
    const snippet = snippetOf(text, words, this.#options.snippet);
    return { title, url: `file:${urlPath(path)}#L${line + snippet.line}`, snippet: snippet.text };
  }
}

function isWantOfRoom(reason: SkipReason | undefined): boolean {
  return reason === "tooMany" || reason === "noRoom" || reason === "unreadable";
}

function urlPath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
