/** The names that may stand in braces in a value of `[filters]`. */
export const VARIABLES = ["filename", "file", "mac", "ip", "uuid", "arch"] as const;

/** A variable of `[filters]`, which is replaced for each request. */
export type Variable = (typeof VARIABLES)[number];

const PLACEHOLDER = /\{(\w+)\}/g;

/**
 * Matches a set such as `[a-f]`, where a `]` at its start is a member; a run of `*`, which counts as one; or one
 * character.
 */
const SIGNS = /\[[!^]?(?:\[:\w+:\]|[^])(?:\[:\w+:\]|[^\]])*\]|\*+|[^]/gu;

/** Splits a pattern of `[filters]` into `*`, `?`, sets and characters. */
export function signsOf(pattern: string): readonly string[] {
  return Array.from(pattern.matchAll(SIGNS), ([sign]) => (sign.startsWith("*") ? "*" : sign));
}

/** Counts the wildcards of a pattern: `{1}` stands for what the first one matches. */
export function wildcardsIn(pattern: string): number {
  return signsOf(pattern).filter((sign) => sign === "*" || sign === "?").length;
}

/** Whether a template contains the text that a wildcard matches in the requested name. */
export function hasWildcards(template: string): boolean {
  return /\{[0-9]+\}/.test(template);
}

/**
 * Returns the unknown names in braces.
 *
 * @param wildcards number of wildcards in the pattern of the template
 */
export function unknownVariables(template: string, wildcards: number): readonly string[] {
  const known: readonly string[] = [...VARIABLES, ...Array.from({ length: wildcards }, (_, index) => `${index + 1}`)];
  return [...template.matchAll(PLACEHOLDER)].map((match) => match[1] ?? "").filter((name) => !known.includes(name));
}

/** The values of variables; wildcards have numbers as names. */
export type TemplateValues = Readonly<Record<string, string | undefined>>;

/**
 * Replaces the variables of a template.
 *
 * @returns the text, or the name of the first variable that has no value for this request
 */
export function fillTemplate(
  template: string,
  values: TemplateValues,
): { readonly text: string } | { readonly missing: string } {
  let missing: string | undefined;
  const text = template.replace(PLACEHOLDER, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) missing ??= name;
    return value ?? "";
  });
  return missing === undefined ? { text } : { missing };
}
