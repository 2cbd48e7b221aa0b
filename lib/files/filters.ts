import { Glob } from "./glob.js";

/** One line of `[filters]`. */
export interface Filter {
  readonly pattern: string;
  /** The path to serve instead, still with its variables. */
  readonly target: string;
  /** The name of the file to serve stands in the file that `target` names. */
  readonly indirect: boolean;
}

/** The filter that a name goes through, and what its wildcards stand for in the name, in their order. */
export interface Found {
  readonly filter: Filter;
  readonly wildcards: readonly string[];
}

/** @param value as it is written; in brackets it is the file that holds the name to serve */
export function makeFilter(pattern: string, value: string): Filter {
  const indirect = /^\[(.+)\]$/.exec(value)?.[1];
  return { pattern, target: indirect ?? value, indirect: indirect !== undefined };
}

/**
 * The length of what no variable can change: the folders before the first one. That far a path is the operator's word.
 *
 * @returns undefined for a template without variables
 */
export function fixedLength(template: string): number | undefined {
  const variable = template.indexOf("{");
  return variable < 0 ? undefined : template.lastIndexOf("/", variable) + 1;
}

/**
 * The URL below which a target is, ending with a slash.
 *
 * @param fixed how much of it no variable makes, undefined for all of it
 * @returns undefined for a path of this host, or below the root
 */
export function remotePart(target: string, fixed = target.lastIndexOf("/") + 1): string | undefined {
  return /^https?:\/\//i.test(target) ? target.slice(0, fixed) : undefined;
}

/** Finds the first filter whose pattern a name matches. */
export class FilterList {
  readonly #filters: readonly { readonly filter: Filter; readonly glob: Glob }[];

  constructor(filters: readonly Filter[]) {
    this.#filters = filters.map((filter) => ({ filter, glob: globFor(filter.pattern) }));
  }

  /** @param name as `normaliseName` makes it */
  find(name: string): Found | undefined {
    const flat = Array.from(flatten(name));
    for (const { filter, glob } of this.#filters) {
      const spans = glob.match(flat);
      if (spans === undefined) continue;
      const characters = Array.from(name);
      return { filter, wildcards: spans.map(([start, end]) => characters.slice(start, end).join("")) };
    }
    return undefined;
  }
}

function globFor(pattern: string): Glob {
  return new Glob(flatten(pattern.replaceAll("\\", "/").replace(/^(?:\.?\/)+/, "")));
}

/** Here `*`, `?` and sets also match slashes, as PyBootd's do; by another sign for the slash a set holds it. */
function flatten(path: string): string {
  return path.replaceAll("/", "\u0001");
}
