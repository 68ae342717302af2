import { fstatSync, readSync } from "node:fs";

const LINE_FEED = 0x0a;
const CHUNK = 64 * 1024;

/** How a file of lines ends. */
export interface FileEnd {
  /** Bytes, without what is torn. */
  readonly size: number;
  /** Without its line feed; `undefined` when there is no whole line. */
  readonly lastLine: Buffer | undefined;
  /** What stands behind the last line feed: a line that was cut off while it was written. Mostly empty. */
  readonly torn: Buffer;
}

/** Reads a file from its end backwards, as far as its last whole line begins. */
export function readFileEnd(descriptor: number): FileEnd {
  const { size } = fstatSync(descriptor);
  let tail: Buffer = Buffer.alloc(0);
  for (let start = size; ; ) {
    const end = tail.lastIndexOf(LINE_FEED);
    const beforeLast = end <= 0 ? -1 : tail.lastIndexOf(LINE_FEED, end - 1);
    if (start === 0 || beforeLast >= 0) {
      const torn = tail.subarray(end + 1);
      return { size: size - torn.length, lastLine: end < 0 ? undefined : tail.subarray(beforeLast + 1, end), torn };
    }
    const length = Math.min(CHUNK, start);
    start -= length;
    const chunk = Buffer.alloc(length);
    readSync(descriptor, chunk, 0, length, start);
    tail = Buffer.concat([chunk, tail]);
  }
}
