import { escapeUnprintable } from "./printable.js";

/** The text of an empty cell. */
export const NONE = "-";

/** The units of a time span, and the milliseconds from which each is used. */
const UNITS = [
  { name: "d", milliseconds: 86_400_000, from: 2 * 86_400_000 },
  { name: "h", milliseconds: 3_600_000, from: 3_600_000 },
  { name: "min", milliseconds: 60_000, from: 60_000 },
  { name: "s", milliseconds: 1000, from: 0 },
] as const;

/**
 * Formats a table with a line of titles; it ends with a line feed.
 *
 * @param rows as many cells each as there are titles; cells may hold any characters
 */
export function formatTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [titles, ...rows.map((cells) => cells.map((cell) => escapeUnprintable(cell) || NONE))];
  const widths = titles.map((_, column) => lines.reduce((most, cells) => Math.max(most, widthOf(cells[column])), 0));
  return lines.map((cells) => `${align(cells, widths)}\n`).join("");
}

/**
 * Formats the details of one thing, a line for each title and its text, which may hold any characters.
 *
 * @param width the width of the titles, with the space behind them
 */
export function formatDetails(details: readonly (readonly [title: string, text: string])[], width: number): string {
  return details.map(([title, text]) => `${title.padEnd(width)}${escapeUnprintable(text) || NONE}\n`).join("");
}

/** Formats a value as JSON on one line. Escapes what does not belong in a terminal. */
export function formatJsonLine(value: unknown): string {
  return `${escapeUnprintable(JSON.stringify(value))}\n`;
}

/** Formats values as a JSON array, one value on a line; it ends with a line feed. */
export function formatJsonLines(values: readonly unknown[]): string {
  if (values.length === 0) return "[]\n";
  return `[\n${values.map((value) => formatJsonLine(value).trimEnd()).join(",\n")}\n]\n`;
}

/** Formats a time as ISO 8601 in UTC; returns null where it is no valid time. @param time milliseconds since 1970 */
export function formatIso(time: number): string | null {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** Formats a time as `2026-11-21 15:23 (in 3 h)`, in this host's time zone; both times are milliseconds since 1970. */
export function formatTime(time: number, now: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "never";
  const [year, ...rest] = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(twoDigits);
  const clock = [date.getHours(), date.getMinutes()].map(twoDigits).join(":");
  return `${[year, ...rest].join("-")} ${clock} (${formatDistance(time - now)})`;
}

function formatDistance(milliseconds: number): string {
  const distance = Math.abs(milliseconds);
  const unit = UNITS.find(({ from }) => distance >= from) ?? UNITS[3];
  const count = Math.floor(distance / unit.milliseconds);
  if (count === 0) return "now";
  return milliseconds > 0 ? `in ${count} ${unit.name}` : `${count} ${unit.name} ago`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}

function align(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell)));
  return padded.join("  ").trimEnd();
}

/** Counts characters; `length` would count some twice. */
function widthOf(cell = ""): number {
  return Array.from(cell).length;
}
