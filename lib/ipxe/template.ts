/** What a machine's scripts may refer to: texts by lower-case name. */
export type ScriptFacts = ReadonlyMap<string, string>;

/** A name in braces; with a `$` before them it is one of iPXE's own. */
const PLACEHOLDER = /(?<!\$)\{(\w+)\}/g;

/** Longer values are nobody's name. */
const LONGEST_VALUE = 255;

/**
 * Fills the names in braces in, in any case; names that mean nothing stay as they are. A name without a value is filled
 * by iPXE's own setting where there is one, else it vanishes.
 */
export function fillScript(template: string, facts: ScriptFacts): string {
  return template.replace(PLACEHOLDER, (whole, name: string) => {
    const value = facts.get(name.toLowerCase());
    if (value === undefined) return whole;
    return harmless(value) || (OWN.get(name.toLowerCase()) ?? "");
  });
}

/** What iPXE knows of its machine itself (https://ipxe.org/cfg). */
const OWN: ReadonlyMap<string, string> = new Map(
  ["serial", "manufacturer", "uuid", "hostname"].map((name) => [name, `\${${name}}`]),
);

/**
 * A value as one word of a script, whatever a client sent: no line, word, option, setting or operator of its own comes
 * of it. Runs of other characters become `_`.
 */
export function harmless(value: string): string {
  const word = value.slice(0, LONGEST_VALUE).replace(/[^A-Za-z0-9.,:/@+_-]+/g, "_");
  return word.replace(/^[_-]+|_+$/g, "");
}
