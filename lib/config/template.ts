/** What a `{name}` in a value of the `[filters]` section may be. */
export const VARIABLES = ["filename", "file", "mac", "ip", "uuid", "arch"] as const;

/** A name in braces that is filled in for each request. */
export type Variable = (typeof VARIABLES)[number];

const PLACEHOLDER = /\{(\w+)\}/g;

/** The names in braces that mean nothing to us. */
export function unknownVariables(template: string): readonly string[] {
  const known: readonly string[] = VARIABLES;
  return [...template.matchAll(PLACEHOLDER)].map((match) => match[1] ?? "").filter((name) => !known.includes(name));
}

/**
 * Fills in a template.
 *
 * @returns the text, or the name of the first variable that has no value for this request
 */
export function fillTemplate(
  template: string,
  values: Readonly<Partial<Record<Variable, string | undefined>>>,
): { readonly text: string } | { readonly missing: string } {
  let missing: string | undefined;
  const text = template.replace(PLACEHOLDER, (_, name: string) => {
    const value = values[name as Variable];
    if (value === undefined) missing ??= name;
    return value ?? "";
  });
  return missing === undefined ? { text } : { missing };
}
