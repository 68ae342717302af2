export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

/**
 * Lays a table out as lines of text, the titles first; columns are as wide as their widest cell, two spaces apart.
 *
 * @param rows a cell for each column; a row of one cell is a heading and stands across all columns
 */
export function layOutTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const titles = columns.map(({ title }) => title);
  const measured = [titles, ...rows.filter((row) => row.length > 1)];
  const widths = columns.map((_, index) => Math.max(...measured.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? "";
        const width = widths[index] ?? 0;
        return align === "left" ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd();
  return [line(titles), ...rows.map((row) => (row.length === 1 ? (row[0] ?? "") : line(row)))];
}
