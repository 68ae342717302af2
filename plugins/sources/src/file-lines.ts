import { createReadStream } from "node:fs";

/**
 * The lines of a UTF-8 file without their ends (LF; a CR before it stays), read as a stream. A last line without an end
 * counts, a byte order mark does not. Ends early when the signal aborts.
 *
 * @throws the file system's error
 */
export async function* fileLines(path: string, signal: AbortSignal): AsyncGenerator<string> {
  let unfinished = "";
  let isStart = true;
  for await (const chunk of textChunks(path, signal)) {
    const text = isStart && chunk.startsWith("\uFEFF") ? chunk.slice(1) : chunk;
    isStart = false;
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      yield unfinished + text.slice(start, end);
      if (signal.aborted) return;
      unfinished = "";
      start = end + 1;
    }
    unfinished += text.slice(start);
  }
  if (unfinished !== "" && !signal.aborted) yield unfinished;
}

async function* textChunks(path: string, signal: AbortSignal): AsyncGenerator<string> {
  try {
    for await (const chunk of createReadStream(path, { encoding: "utf8", signal })) yield String(chunk);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
