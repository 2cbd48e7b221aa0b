/** What something is called, and what there is to say of it. */
export type Row = readonly [title: string, text: string];

const TITLE_WIDTH = 10;

/** No column but the last is wider, in characters: what is longer pushes the rest of its line. */
const WIDEST = 56;

/** A line for each, its title in a column. */
export function rows(all: readonly Row[]): readonly string[] {
  return all.map(([title, text]) => `  ${title.padEnd(TITLE_WIDTH)}${text}`);
}

/** Lines whose cells stand below each other. */
export function table(lines: readonly (readonly string[])[]): readonly string[] {
  const columns = Math.max(0, ...lines.map((cells) => cells.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...lines.map((cells) => Math.min(WIDEST, (cells[column] ?? "").length))),
  );
  return lines.map((cells) =>
    `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd(),
  );
}
