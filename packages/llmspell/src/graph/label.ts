/** Longer lines of a label are cut, so that one long condition does not widen the whole drawing. */
const LABEL_WIDTH = 48;

/** A label of these lines; those that are `undefined` are left out. */
export function labelOf(lines: readonly (string | undefined)[]): string {
  return lines
    .filter((line) => line !== undefined)
    .map(cut)
    .join("\n");
}

export function cut(line: string): string {
  return line.length <= LABEL_WIDTH ? line : `${line.slice(0, LABEL_WIDTH - 1)}…`;
}
