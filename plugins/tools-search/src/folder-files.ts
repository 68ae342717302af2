import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import picomatch from "picomatch";

/** Which files of a folder are read. */
export interface FolderOptions {
  readonly folder: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** A file as a look at the folder sees it. */
export interface FolderFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Changes when the file does, as far as its size and time of change tell. */
  readonly version: string;
}

/** Looks for the files of one folder. */
export class FolderFiles {
  readonly #folder: string;
  readonly #isIncluded: (path: string) => boolean;
  readonly #isExcluded: (path: string) => boolean;

  constructor({ folder, include, exclude }: FolderOptions) {
    this.#folder = folder;
    this.#isIncluded = picomatch([...include], { dot: true });
    this.#isExcluded = picomatch([...exclude], { dot: true });
  }

  /**
   * The files there are, by path. Links are not followed, so that nothing outside the folder is read. A folder below that
   * cannot be read stands in the list itself, where reading it fails.
   *
   * @throws what the file system throws for the folder itself; the signal's reason
   */
  async find(signal: AbortSignal): Promise<FolderFile[]> {
    const found: FolderFile[] = [];
    const folders = [""];
    for (let path = folders.shift(); path !== undefined; path = folders.shift()) {
      signal.throwIfAborted();
      for (const entry of await this.#entriesOf(path, found)) {
        const inner = path === "" ? entry.name : `${path}/${entry.name}`;
        if (this.#isExcluded(inner)) continue;
        if (entry.isDirectory()) folders.push(inner);
        else if (entry.isFile() && this.#isIncluded(inner)) found.push(await this.#seen(inner));
      }
    }
    return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async #entriesOf(path: string, found: FolderFile[]): Promise<readonly Dirent[]> {
    try {
      return await readdir(join(this.#folder, path), { withFileTypes: true });
    } catch (error) {
      if (path === "") throw error;
      found.push(unseen(path));
      return [];
    }
  }

  async #seen(path: string): Promise<FolderFile> {
    try {
      const { size, mtimeMs, ino } = await stat(join(this.#folder, path));
      return { path, size, version: `${size} ${mtimeMs} ${ino}` };
    } catch {
      return unseen(path);
    }
  }
}

/** What was there and cannot be looked at. */
function unseen(path: string): FolderFile {
  return { path, size: 0, version: "unseen" };
}
