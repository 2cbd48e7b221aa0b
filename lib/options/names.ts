import { nearestName } from "../common/nearest.js";
import { knownOptions } from "./registry.js";

const codes: ReadonlyMap<string, number> = new Map(
  [...knownOptions.values()].flatMap(({ code, name, aliases }) => [name, ...aliases].map((each) => [each, code])),
);

/**
 * The code that a name or a number means; in names any case counts, and `_` as `-`.
 *
 * @returns undefined where the text is neither a known name nor a number up to 255
 */
export function optionCode(text: string): number | undefined {
  if (/^[0-9]{1,3}$/.test(text)) return Number(text) <= 255 ? Number(text) : undefined;
  return codes.get(plainName(text));
}

/** Why an option is not for a file to set; undefined where it is. */
export function whyReserved(code: number): string | undefined {
  return knownOptions.get(code)?.reserved;
}

/** The known name that a misspelt one most likely means. */
export function nearestOption(text: string): string | undefined {
  return nearestName(plainName(text), codes.keys());
}

/** An option in words: `ntp-servers (42)`. */
export function describeOption(code: number): string {
  const known = knownOptions.get(code);
  return known === undefined ? String(code) : `${known.name} (${code})`;
}

/** The name of an option, also of one that no file sets; undefined for those that IANA has none for. */
export function optionName(code: number): string | undefined {
  return knownOptions.get(code)?.name;
}

function plainName(text: string): string {
  return text.toLowerCase().replaceAll("_", "-");
}
