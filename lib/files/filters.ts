import { Minimatch } from "minimatch";

/** One line of `[filters]`. */
export interface Filter {
  readonly pattern: string;
  /** The path to serve instead, still with its variables. */
  readonly target: string;
  /** The name of the file to serve stands in the file that `target` names. */
  readonly indirect: boolean;
}

/** @param value as it is written; in brackets it is the file that holds the name to serve */
export function makeFilter(pattern: string, value: string): Filter {
  const indirect = /^\[(.+)\]$/.exec(value)?.[1];
  return { pattern, target: indirect ?? value, indirect: indirect !== undefined };
}

/** Finds the first filter whose pattern a name matches. */
export class FilterList {
  readonly #filters: readonly { readonly filter: Filter; readonly matcher: Minimatch }[];

  constructor(filters: readonly Filter[]) {
    this.#filters = filters.map((filter) => ({ filter, matcher: matcherFor(filter.pattern) }));
  }

  /** @param name as `normaliseName` makes it */
  find(name: string): Filter | undefined {
    const flat = flatten(name);
    return this.#filters.find(({ matcher }) => matcher.match(flat))?.filter;
  }
}

function matcherFor(pattern: string): Minimatch {
  const plain = pattern.replaceAll("\\", "/").replace(/^(?:\.?\/)+/, "");
  return new Minimatch(flatten(plain), {
    dot: true,
    nobrace: true,
    nocase: true,
    nocomment: true,
    noext: true,
    nonegate: true,
  });
}

/** Here `*` and `?` also match slashes, as PyBootd's do; with another sign for the slash minimatch sees none. */
function flatten(path: string): string {
  return path.replaceAll("/", "\u0001");
}
