import { Minimatch } from "minimatch";
import { signsOf } from "./template.js";

/** Whether a character is one that stands at a place of a pattern. */
type Place = (character: string) => boolean;

/** What a wildcard of a pattern stands for in a name: the index of its first character, and of the one behind its last. */
export type Span = readonly [start: number, end: number];

/** What is between two `*`. */
interface Piece {
  readonly places: readonly Place[];
  /** Which places are `?`. */
  readonly single: readonly number[];
}

/** What a set is asked after, since patterns treat a dot at the beginning as something else. */
const BEFORE = "x";

/**
 * A pattern in which `*` is any characters, also none, `?` is one, and `[a-f]` one of a set, in any case.
 *
 * The names come from strangers, and there are names for which a regular expression of several `*` takes minutes. This
 * one takes at most as many steps as the name has characters times the pattern.
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
   * Where a name can be divided in several ways, each `*` stands for as little as it can, those on the left before those
   * on the right, and the last one for the rest.
   *
   * @param name its characters
   * @returns what the wildcards stand for, in their order; undefined for a name that does not match
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

  /** Looks for what is between the first `*` and the last, and adds to `spans`. @returns whether it is there */
  #matchMiddle(name: readonly string[], room: { from: number; end: number }, spans: Span[], last: Piece): boolean {
    let { from } = room;
    for (const piece of this.#middle) {
      const begin = from;
      const size = piece.places.length;
      // Where a piece stands first leaves the most room for those that come after it.
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

/** What the `?` of a piece stand for, where it begins at `start`. */
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
