import { escapeUnit, escapeUnprintable } from "../../common/printable.js";

/**
 * The start of a cell that a spreadsheet reads as a formula, including full-width characters; and the prefix that
 * prevents it.
 */
const TAKEN_FOR_FORMULA = /^\s*[=+\-@'＝＋－＠]/u;
const HARMLESS = "'";

/**
 * Formats a cell that spreadsheets read as text and that stays on one line: a `'` precedes a would-be formula (and a
 * leading `'`), and unprintable characters are escaped as in JSON. {@link splitCells} reverses this.
 *
 * @param text undefined gives an empty cell; an empty text gives a lone `'`
 */
export function writeCell(text: string | undefined): string {
  if (text === undefined) return "";
  // Where the list separator is `;`, it would start a new cell even within quotes.
  const line = escapeUnprintable(text.replaceAll("\\", "\\\\")).replaceAll(";", escapeUnit);
  const harmless = line === "" || TAKEN_FOR_FORMULA.test(line) ? HARMLESS + line : line;
  return /[",\s]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/**
 * Splits a line of a table. Cells never span lines, so an unclosed quote affects only its own line.
 *
 * @returns the arguments of {@link writeCell}; undefined where a quoted cell does not end, or something follows its
 *   quote
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
