import { nearestName } from "../common/nearest.js";
import { knownOptions } from "./registry.js";

const codes: ReadonlyMap<string, number> = new Map(
  [...knownOptions.values()].flatMap(({ code, name, aliases }) => [name, ...aliases].map((each) => [each, code])),
);

/**
 * Returns the code for a name or a number. Names ignore case, and `_` counts as `-`.
 *
 * @returns undefined where the text is neither a known name nor a number up to 255
 */
export function optionCode(text: string): number | undefined {
  if (/^[0-9]{1,3}$/.test(text)) return Number(text) <= 255 ? Number(text) : undefined;
  return codes.get(plainName(text));
}

/** Returns why a file must not set an option; undefined where it may. */
export function whyReserved(code: number): string | undefined {
  return knownOptions.get(code)?.reserved;
}

/** Returns the known name that is nearest to a misspelt one. */
export function nearestOption(text: string): string | undefined {
  return nearestName(plainName(text), codes.keys());
}

/** Describes an option: `ntp-servers (42)`. */
export function describeOption(code: number): string {
  const known = knownOptions.get(code);
  return known === undefined ? String(code) : `${known.name} (${code})`;
}

/**
 * Returns the name of an option, including those that no file may set; undefined for options that are not in the table.
 */
export function optionName(code: number): string | undefined {
  return knownOptions.get(code)?.name;
}

function plainName(text: string): string {
  return text.toLowerCase().replaceAll("_", "-");
}
