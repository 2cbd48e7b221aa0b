import { escapeUnit, escapeUnprintable } from "../../common/printable.js";

/** How a cell begins that a spreadsheet takes for a formula, also in full width; and the sign that prevents it. */
const TAKEN_FOR_FORMULA = /^\s*[=+\-@'＝＋－＠]/u;
const HARMLESS = "'";

/**
 * Writes a cell so that it is text for a spreadsheet and one line for everything: a `'` goes before what would be a
 * formula (and before a `'`), what is not printable is escaped as in JSON. {@link splitCells} undoes all of it.
 *
 * @param text undefined leaves the cell empty, which the empty text (a lone `'`) is not
 */
export function writeCell(text: string | undefined): string {
  if (text === undefined) return "";
  // Where a list separator is `;`, what follows one would be a cell of its own, whatever the quotes.
  const line = escapeUnprintable(text.replaceAll("\\", "\\\\")).replaceAll(";", escapeUnit);
  const harmless = line === "" || TAKEN_FOR_FORMULA.test(line) ? HARMLESS + line : line;
  return /[",\s]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/**
 * Takes a line of a table apart. Only within a line: no value of ours has a line end, so a quote that is not closed
 * costs its own line and no other.
 *
 * @returns what {@link writeCell} was given; undefined where a quoted cell does not end, or something follows its quote
 */
export function splitCells(line: string): readonly (string | undefined)[] | undefined {
  const cells: (string | undefined)[] = [];
  for (let start = 0; start <= line.length;) {
    const quoted = line.startsWith('"', start);
    const end = quoted ? endOfQuoted(line, start) : endOfBare(line, start);
    if (end === undefined) return undefined;
    cells.push(
      quoted ? unescape(line.slice(start + 1, end - 1).replaceAll('""', '"')) : unescape(line.slice(start, end)),
    );
    start = end + 1;
  }
  return cells;
}

function endOfBare(line: string, start: number): number {
  const end = line.indexOf(",", start);
  return end < 0 ? line.length : end;
}

function endOfQuoted(line: string, start: number): number | undefined {
  let quote = line.indexOf('"', start + 1);
  while (quote >= 0 && line[quote + 1] === '"') quote = line.indexOf('"', quote + 2);
  const isEnd = quote >= 0 && (quote + 1 === line.length || line[quote + 1] === ",");
  return isEnd ? quote + 1 : undefined;
}

function unescape(cell: string): string | undefined {
  if (cell === "") return undefined;
  const text = cell.startsWith(HARMLESS) ? cell.slice(HARMLESS.length) : cell;
  return text.replace(/\\(?:\\|u([0-9a-f]{4}))/gi, (_, code: string | undefined) =>
    code === undefined ? "\\" : String.fromCharCode(parseInt(code, 16)),
  );
}
