/** The text around the words that were found, and the line of the passage in which they stand. */
export interface Snippet {
  readonly text: string;
  /** 0 is the passage's first line. */
  readonly line: number;
}

/**
 * Chooses the line of a passage that has the most of the words, and the text around it.
 *
 * @param words in lower case
 * @param length how many characters there are at most, not counting the ellipses
 */
export function snippetOf(text: string, words: readonly string[], length: number): Snippet {
  const lines = text.split("\n");
  let best = 0;
  let bestCount = 0;
  for (const [index, line] of lines.entries()) {
    const lower = line.toLowerCase();
    const count = words.filter((word) => lower.includes(word)).length;
    if (count > bestCount) [best, bestCount] = [index, count];
  }
  const lineStart = lines.slice(0, best).reduce((start, line) => start + line.length + 1, 0);
  const found = firstOf(lines[best]?.toLowerCase() ?? "", words);
  return { text: windowOf(text, lineStart + found, length), line: best };
}

function firstOf(line: string, words: readonly string[]): number {
  const places = words.map((word) => line.indexOf(word)).filter((place) => place >= 0);
  return places.length === 0 ? 0 : Math.min(...places);
}

/** The text around a place, a third of it before, from word to word and on one line. */
function windowOf(text: string, place: number, length: number): string {
  if (text.length <= length) return oneLine(text);
  const from = Math.max(0, Math.min(place - Math.floor(length / 3), text.length - length));
  const to = from + length;
  let window = text.slice(from, to);
  if (from > 0) window = `… ${window.replace(/^\S{1,20}\s+/, "")}`;
  if (to < text.length) window = `${window.replace(/\s+\S{1,20}$/, "")} …`;
  return oneLine(window).toWellFormed();
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
