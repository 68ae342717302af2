import { createReadStream } from "node:fs";
import { CHAIN_START, type ChainEnd, readLine } from "./audit-chain.ts";

const LINE_FEED = 0x0a;

/** What became of a chain. */
export type AuditVerdict =
  /** Every line is as it was written, and none is missing before the last; `hash` is that of the last one. */
  | { readonly isIntact: true; readonly lines: number; readonly hash: string }
  /** The first line that is not, counted from 1, and what is wrong with it. */
  | { readonly isIntact: false; readonly line: number; readonly problem: string };

/**
 * Checks an audit log from its first line to its last. Lines that were taken off its end do not show in the file itself:
 * compare `lines` and `hash` with what was noted elsewhere.
 *
 * @throws what reading the file throws; the signal's reason when it aborts
 */
export async function verifyAuditLog(
  path: string,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<AuditVerdict> {
  let end: ChainEnd = CHAIN_START;
  const broken = (problem: string): AuditVerdict => ({ isIntact: false, line: end.lines + 1, problem });
  for await (const { bytes, isWhole } of linesOf(path, signal)) {
    if (!isWhole) return broken("it is cut off");
    const read = readLine(bytes);
    if (read.problem !== undefined) return broken(read.problem);
    if (read.previous !== end.hash) return broken("it does not follow the line before");
    if (read.end.lines !== end.lines + 1) return broken(`it says that it is line ${read.end.lines}`);
    end = read.end;
  }
  return { isIntact: true, ...end };
}

async function* linesOf(
  path: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly bytes: Buffer; readonly isWhole: boolean }> {
  let begun: Buffer[] = [];
  for await (const chunk of createReadStream(path, { signal }) as AsyncIterable<Buffer>) {
    let done = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, done)) {
      yield { bytes: Buffer.concat([...begun, chunk.subarray(done, end)]), isWhole: true };
      begun = [];
      done = end + 1;
    }
    if (done < chunk.length) begun.push(chunk.subarray(done));
  }
  if (begun.length > 0) yield { bytes: Buffer.concat(begun), isWhole: false };
}
