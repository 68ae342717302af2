export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

/** What stands between two columns. */
const GAP = "  ";

/** By how much the lines after the first of a heading are indented more than it. */
const HANGING = "    ";

/**
 * Lays a table out as lines of text, the titles first; columns are as wide as their widest cell, two spaces apart. Where
 * that is wider than `width`, the widest columns of text are made narrower and their cells broken at spaces, never within
 * a word.
 *
 * @param rows a cell for each column; a row of one cell is a heading and stands across all columns
 * @param width in characters; no limit unless given
 */
export function layOutTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number = Number.POSITIVE_INFINITY,
): string[] {
  const titles = columns.map(({ title }) => title);
  const measured = [titles, ...rows.filter((row) => row.length > 1)];
  const widths = fitWidths(columns, measured, width);
  const lines = (cells: readonly string[]): string[] => {
    const broken = columns.map((_, index) => breakText(cells[index] ?? "", widths[index] ?? 0));
    const height = Math.max(...broken.map((parts) => parts.length));
    return Array.from({ length: height }, (_, line) =>
      columns
        .map(({ align }, index) => {
          const cell = broken[index]?.[line] ?? "";
          const cellWidth = widths[index] ?? 0;
          return align === "left" ? cell.padEnd(cellWidth) : cell.padStart(cellWidth);
        })
        .join(GAP)
        .trimEnd(),
    );
  };
  return [titles, ...rows].flatMap((row) => (row.length === 1 ? breakHeading(row[0] ?? "", width) : lines(row)));
}

/** As wide as each column needs to be, less what is too much for all of them together. */
function fitWidths(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): readonly number[] {
  const cells = columns.map((_, index) => rows.map((row) => row[index] ?? ""));
  const widths = cells.map((column) => Math.max(...column.map((cell) => cell.length)));
  const least = cells.map((column, index) =>
    columns[index]?.align === "left" ? Math.max(...column.map(longestWord)) : (widths[index] ?? 0),
  );
  let excess = widths.reduce((sum, each) => sum + each, GAP.length * (columns.length - 1)) - width;
  while (excess > 0) {
    const shrinkable = [...widths.keys()].filter((index) => (widths[index] ?? 0) > (least[index] ?? 0));
    const widest = shrinkable.sort((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))[0];
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
  return widths;
}

/** The length of what is never broken, the indentation included. */
function longestWord(text: string): number {
  const indentation = indentationOf(text);
  return Math.max(
    ...text
      .trimStart()
      .split(" ")
      .map((word) => indentation.length + word.length),
  );
}

function indentationOf(text: string): string {
  return /^ */.exec(text)?.[0] ?? "";
}

/** A text in lines that are at most `width` long where its words allow it, those after the first indented. */
function breakText(text: string, width: number, indentation: string = indentationOf(text)): readonly string[] {
  if (text.length <= width) return [text];
  const [first = "", ...words] = text.trimStart().split(" ");
  const lines: string[] = [];
  let line = indentationOf(text) + first;
  for (const word of words) {
    if (line.length + 1 + word.length > width) {
      lines.push(line);
      line = indentation + word;
    } else line += ` ${word}`;
  }
  return [...lines, line];
}

function breakHeading(text: string, width: number): readonly string[] {
  return breakText(text, width, indentationOf(text) + HANGING);
}
