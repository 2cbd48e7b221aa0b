/** Control characters, invisible ones that reorder what stands beside them, halves of surrogate pairs, line ends. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** Writes what has no place on a line or in a terminal as `\u001b`; host names come from machines and may hold anything. */
export function escapeUnprintable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => character.split("").map(escapeUnit).join(""));
}

/** One UTF-16 unit as `\u001b`. */
export function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
