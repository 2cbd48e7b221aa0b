import { nearestName } from "../common/nearest.js";
import { OPTION_ROWS, RESERVED_ROWS, type OptionType } from "./registry.js";

/** An option that may be set. */
export interface KnownOption {
  readonly code: number;
  /** In lower case, with hyphens. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: OptionType;
}

/** All options with a type of their own, by code. */
export const knownOptions: ReadonlyMap<number, KnownOption> = new Map(
  OPTION_ROWS.map(([code, type, names]) => {
    const [name = "", ...aliases] = names.split(" ");
    return [code, { code, name, aliases, type }];
  }),
);

const codes: ReadonlyMap<string, number> = new Map(
  [...OPTION_ROWS.map(([code, , names]) => [code, names] as const), ...RESERVED_ROWS].flatMap(([code, names]) =>
    names.split(" ").map((name) => [name, code] as const),
  ),
);

const names: ReadonlyMap<number, string> = new Map(RESERVED_ROWS.map(([code, all]) => [code, all.split(" ")[0] ?? ""]));

const reserved: ReadonlyMap<number, string> = new Map(RESERVED_ROWS.map(([code, , why]) => [code, why]));

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
  return reserved.get(code);
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
  return knownOptions.get(code)?.name ?? names.get(code);
}

function plainName(text: string): string {
  return text.toLowerCase().replaceAll("_", "-");
}
