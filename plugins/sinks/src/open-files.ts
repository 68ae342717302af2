import { resolve } from "node:path";

/** Who writes which file of this process, by absolute path. */
const holders = new Map<string, FileHolder>();

/** One that writes a file. */
export interface FileHolder {
  /** As an operator would say it: `sink triaged`. */
  readonly owner: string;
}

/** Reserves a file until it is released; answers with the other that has it already, if there is one. */
export function claimFile(path: string, holder: FileHolder): FileHolder | undefined {
  const key = resolve(path);
  const current = holders.get(key) ?? holder;
  if (current !== holder) return current;
  holders.set(key, holder);
  return undefined;
}

/** Leaves the file to others; does nothing for one that does not hold it. */
export function releaseFile(path: string, holder: FileHolder): void {
  const key = resolve(path);
  if (holders.get(key) === holder) holders.delete(key);
}
