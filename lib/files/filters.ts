import type { Origin } from "../config/origin.js";
import { Glob } from "./glob.js";

/** A line of `[filters]`. */
export interface Filter {
  readonly pattern: string;
  /** The path to serve instead, with its variables. */
  readonly target: string;
  /** Whether the file that `target` names contains the name of the file to serve. */
  readonly indirect: boolean;
  /** Its line, where that is known. */
  readonly origin?: Origin | undefined;
}

/** The filter that matches a name, and what its wildcards match, in their order. */
export interface Found {
  readonly filter: Filter;
  readonly wildcards: readonly string[];
}

/**
 * Parses a line of `[filters]`.
 *
 * @param value the target as written; in brackets, a file that contains the name to serve
 */
export function makeFilter(pattern: string, value: string, origin?: Origin): Filter {
  const indirect = /^\[(.+)\]$/.exec(value)?.[1];
  return { pattern, target: indirect ?? value, indirect: indirect !== undefined, ...(origin && { origin }) };
}

/**
 * Returns the length of the part of a template before its first variable, up to the last slash. Only the operator
 * determines that part.
 *
 * @returns undefined for a template without variables
 */
export function fixedLength(template: string): number | undefined {
  const variable = template.indexOf("{");
  return variable < 0 ? undefined : template.lastIndexOf("/", variable) + 1;
}

/**
 * Returns the URL below which a target is, ending with a slash.
 *
 * @param fixed length of the part that contains no variable, undefined for all of it
 * @returns undefined for a path of this host, or one below the root
 */
export function remotePart(target: string, fixed = target.lastIndexOf("/") + 1): string | undefined {
  return /^https?:\/\//i.test(target) ? target.slice(0, fixed) : undefined;
}

/** A list of filters, of which the first that matches a name applies. */
export class FilterList {
  readonly #filters: readonly { readonly filter: Filter; readonly glob: Glob }[];

  constructor(filters: readonly Filter[]) {
    this.#filters = filters.map((filter) => ({ filter, glob: globFor(filter.pattern) }));
  }

  /**
   * Finds the filter for a name.
   *
   * @param name as `normaliseName` returns it
   */
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

/** Replaces slashes by another character, so that `*`, `?` and sets match them, as in PyBootd. */
function flatten(path: string): string {
  return path.replaceAll("/", "\u0001");
}
