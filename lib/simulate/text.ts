/** A title and its text. */
export type Row = readonly [title: string, text: string];

const TITLE_WIDTH = 10;

/** Widest column but the last, in characters: a longer cell shifts the rest of its line. */
const WIDEST = 56;

/** Formats rows as lines, with the titles in a column. */
export function rows(all: readonly Row[]): readonly string[] {
  return all.map(([title, text]) => `  ${title.padEnd(TITLE_WIDTH)}${text}`);
}

/** Formats rows of cells as lines with aligned columns. */
export function table(lines: readonly (readonly string[])[]): readonly string[] {
  const columns = Math.max(0, ...lines.map((cells) => cells.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...lines.map((cells) => Math.min(WIDEST, (cells[column] ?? "").length))),
  );
  return lines.map((cells) =>
    `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd(),
  );
}
