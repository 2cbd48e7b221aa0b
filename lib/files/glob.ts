import { Minimatch } from "minimatch";

/** Whether a character is one that stands at a place of a pattern. */
type Place = (character: string) => boolean;

/** A set such as `[a-f]`, a `]` right after its beginning being one of it; else one character. */
const PLACES = /\[[!^]?(?:\[:\w+:\]|[^])(?:\[:\w+:\]|[^\]])*\]|[^]/gu;

/** What a set is asked after, since patterns treat a dot at the beginning as something else. */
const BEFORE = "x";

/**
 * A pattern in which `*` is any characters, also none, `?` is one, and `[a-f]` one of a set, in any case.
 *
 * The names come from strangers, and there are names for which a regular expression of several `*` takes minutes. This
 * one takes at most as many steps as the name has characters times the pattern.
 */
export class Glob {
  /** What is between the `*`s. */
  readonly #first: readonly Place[];
  readonly #middle: readonly (readonly Place[])[];
  /** Undefined for a pattern without `*`. */
  readonly #last: readonly Place[] | undefined;

  constructor(pattern: string) {
    const pieces: Place[][] = [[]];
    for (const [sign] of pattern.matchAll(PLACES)) {
      if (sign === "*") pieces.push([]);
      else pieces.at(-1)?.push(placeOf(sign));
    }
    const [first = [], ...rest] = pieces;
    this.#first = first;
    this.#last = rest.pop();
    this.#middle = rest;
  }

  /** @param name its characters */
  matches(name: readonly string[]): boolean {
    const first = this.#first;
    const last = this.#last;
    if (last === undefined) return name.length === first.length && standsAt(first, name, 0);
    const end = name.length - last.length;
    if (end < first.length || !standsAt(first, name, 0) || !standsAt(last, name, end)) return false;
    // Where a piece stands first leaves the most room for those that come after it.
    let from = first.length;
    for (const piece of this.#middle) {
      while (from + piece.length <= end && !standsAt(piece, name, from)) from += 1;
      from += piece.length;
      if (from > end) return false;
    }
    return true;
  }
}

function standsAt(piece: readonly Place[], name: readonly string[], start: number): boolean {
  return piece.every((place, index) => place(name[start + index] ?? ""));
}

function placeOf(sign: string): Place {
  if (sign === "?") return () => true;
  if (sign.length > 2 && sign.startsWith("[")) {
    const set = new Minimatch(BEFORE + sign, { nocase: true, nobrace: true, noext: true, nonegate: true });
    return (character) => set.match(BEFORE + character);
  }
  const wanted = sign.toLowerCase();
  return (character) => character === sign || character.toLowerCase() === wanted;
}
