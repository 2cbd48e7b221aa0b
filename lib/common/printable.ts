/** Control characters, invisible characters that reorder their neighbours, halves of surrogate pairs, and line ends. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * Escapes what does not belong in a line or a terminal as `\u001b`: host names come from clients and may hold anything.
 */
export function escapeUnprintable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => character.split("").map(escapeUnit).join(""));
}

/** Escapes one UTF-16 unit as `\u001b`. */
export function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
