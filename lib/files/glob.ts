import { Minimatch } from "minimatch";
import { signsOf } from "./template.js";

/** A test of whether a character matches one place of a pattern. */
type Place = (character: string) => boolean;

/** The characters of a name that a wildcard matches: index of the first, and index after the last. */
export type Span = readonly [start: number, end: number];

/** The part of a pattern between two `*`. */
interface Piece {
  readonly places: readonly Place[];
  /** Indexes of the places that are `?`. */
  readonly single: readonly number[];
}

/** A character put before a set and its candidate, since Minimatch treats a leading dot specially. */
const BEFORE = "x";

/**
 * A pattern in which `*` matches any characters or none, `?` matches one, and `[a-f]` one of a set, regardless of case.
 *
 * Names come from untrusted clients, and a regular expression with several `*` takes minutes for some of them. This
 * implementation takes at most as many steps as the length of the name times that of the pattern.
 */
export class Glob {
  readonly #first: Piece;
  readonly #middle: readonly Piece[];
  /** Undefined for a pattern without `*`. */
  readonly #last: Piece | undefined;

  constructor(pattern: string) {
    const pieces: string[][] = [[]];
    for (const sign of signsOf(pattern)) {
      if (sign === "*") pieces.push([]);
      else pieces.at(-1)?.push(sign);
    }
    const [first = [], ...rest] = pieces;
    const last = rest.pop();
    this.#first = pieceOf(first);
    this.#last = last === undefined ? undefined : pieceOf(last);
    this.#middle = rest.map(pieceOf);
  }

  /**
   * Matches a name. Where it can be divided in several ways, each `*` matches as little as possible, from left to
   * right, and the last one the rest.
   *
   * @param name the characters of the name
   * @returns what the wildcards match, in their order; undefined for a name that does not match
   */
  match(name: readonly string[]): readonly Span[] | undefined {
    const first = this.#first;
    const last = this.#last;
    const end = name.length - (last?.places.length ?? 0);
    const from = first.places.length;
    if (last === undefined ? end !== from : end < from || !standsAt(last, name, end)) return undefined;
    if (!standsAt(first, name, 0)) return undefined;
    const spans = singles(first, 0);
    return last === undefined || this.#matchMiddle(name, { from, end }, spans, last) ? spans : undefined;
  }

  /** Matches the pieces between the first `*` and the last, and appends to `spans`. @returns whether all match */
  #matchMiddle(name: readonly string[], room: { from: number; end: number }, spans: Span[], last: Piece): boolean {
    let { from } = room;
    for (const piece of this.#middle) {
      const begin = from;
      const size = piece.places.length;
      // The first match of a piece leaves the most room for the following ones.
      while (from + size <= room.end && !standsAt(piece, name, from)) from += 1;
      if (from + size > room.end) return false;
      spans.push([begin, from], ...singles(piece, from));
      from += size;
    }
    spans.push([from, room.end], ...singles(last, room.end));
    return true;
  }
}

function pieceOf(signs: readonly string[]): Piece {
  return { places: signs.map(placeOf), single: signs.flatMap((sign, index) => (sign === "?" ? [index] : [])) };
}

/** Returns the spans of the `?` of a piece that starts at `start`. */
function singles({ single }: Piece, start: number): Span[] {
  return single.map((index) => [start + index, start + index + 1]);
}

function standsAt({ places }: Piece, name: readonly string[], start: number): boolean {
  return places.every((place, index) => place(name[start + index] ?? ""));
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
