import { basename } from "node:path";

/** A stretch of a file that is found as one. */
export interface Passage {
  /** Unlike every other one's. */
  readonly id: string;
  /** Relative to the folder, with `/`. */
  readonly path: string;
  /** The heading it stands under, or the file's name. */
  readonly title: string;
  readonly text: string;
  /** Its first line in the file; 1 is the first. */
  readonly line: number;
}

/** A passage ends at the first blank line or heading after so many characters, and at twice as many in any case. */
const LENGTH = 1200;
const HEADING = /^#{1,6}\s+(\S.*)$/;

/** Cuts a text into passages, at headings of Markdown and at blank lines where it can. */
export function passagesOf(path: string, text: string): Passage[] {
  const passages: Passage[] = [];
  let title = basename(path);
  let lines: string[] = [];
  let length = 0;
  let first = 1;
  const cut = (next: number) => {
    const content = lines.join("\n");
    if (content.trim() !== "")
      passages.push({ id: `${path}#${passages.length}`, path, title, text: content, line: first });
    lines = [];
    length = 0;
    first = next;
  };
  const sourceLines = text.split(/\r?\n/);
  for (const [index, line] of sourceLines.entries()) {
    const heading = HEADING.exec(line)?.[1];
    if (heading !== undefined) {
      cut(index + 1);
      title = heading.replace(/\s+#+$/, "");
    }
    const pieces = piecesOf(line);
    for (const piece of pieces) {
      if (pieces.length > 1 || length + piece.length > 2 * LENGTH) cut(index + 1);
      lines.push(piece);
      length += piece.length + 1;
    }
    if (pieces.length > 1 || (length >= LENGTH && line.trim() === "")) cut(index + 2);
  }
  cut(0);
  return passages;
}

/** A line, or the parts of one that is longer than a passage may be: JSON without line ends. */
function piecesOf(line: string): string[] {
  if (line.length <= 2 * LENGTH) return [line];
  const pieces: string[] = [];
  for (let from = 0; from < line.length; ) {
    const to = cutBefore(line, from + 2 * LENGTH);
    pieces.push(line.slice(from, to));
    from = to;
  }
  return pieces;
}

/** The last place up to `end` between two words; `end` itself where there is none near. */
function cutBefore(line: string, end: number): number {
  if (end >= line.length) return line.length;
  const space = line.lastIndexOf(" ", end);
  return space > end - LENGTH ? space + 1 : end;
}
