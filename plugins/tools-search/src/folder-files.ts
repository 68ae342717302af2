import { glob, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";

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

/**
 * The files of a folder by path. Links are not followed, so that nothing outside the folder is read.
 *
 * @throws what the file system throws for the folder itself; the signal's reason
 */
export async function filesOf(options: FolderOptions, signal: AbortSignal): Promise<FolderFile[]> {
  const { folder, include, exclude } = options;
  if (!(await stat(folder)).isDirectory()) throw new Error("it is no folder");
  const found: FolderFile[] = [];
  const entries = glob([...include], { cwd: folder, exclude: [...exclude], withFileTypes: true });
  for await (const entry of entries) {
    signal.throwIfAborted();
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const file = await seen(path, relative(folder, path).split(sep).join("/"));
    if (file !== undefined) found.push(file);
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** `undefined` for a file that has gone meanwhile. */
async function seen(absolute: string, path: string): Promise<FolderFile | undefined> {
  try {
    const { size, mtimeMs, ino } = await stat(absolute);
    return { path, size, version: `${size} ${mtimeMs} ${ino}` };
  } catch {
    return undefined;
  }
}
