/** What a `{name}` in a value of the `[filters]` section may be. */
export const VARIABLES = ["filename", "file", "mac", "ip", "uuid", "arch"] as const;

/** A name in braces that is filled in for each request. */
export type Variable = (typeof VARIABLES)[number];

const PLACEHOLDER = /\{(\w+)\}/g;

/** A set such as `[a-f]`, a `]` right after its beginning being one of it; several `*`, which are as one; else one character. */
const SIGNS = /\[[!^]?(?:\[:\w+:\]|[^])(?:\[:\w+:\]|[^\]])*\]|\*+|[^]/gu;

/** What a pattern of `[filters]` consists of: `*`, `?`, sets and characters. */
export function signsOf(pattern: string): readonly string[] {
  return Array.from(pattern.matchAll(SIGNS), ([sign]) => (sign.startsWith("*") ? "*" : sign));
}

/** How many wildcards a pattern has: `{1}` is what the first one stands for. */
export function wildcardsIn(pattern: string): number {
  return signsOf(pattern).filter((sign) => sign === "*" || sign === "?").length;
}

/** Whether what a client asked fills a wildcard's place in a template. */
export function hasWildcards(template: string): boolean {
  return /\{[0-9]+\}/.test(template);
}

/**
 * The names in braces that mean nothing to us.
 *
 * @param wildcards of the pattern that the template is for
 */
export function unknownVariables(template: string, wildcards: number): readonly string[] {
  const known: readonly string[] = [...VARIABLES, ...Array.from({ length: wildcards }, (_, index) => `${index + 1}`)];
  return [...template.matchAll(PLACEHOLDER)].map((match) => match[1] ?? "").filter((name) => !known.includes(name));
}

/** What the names in braces stand for; those of wildcards are numbers. */
export type TemplateValues = Readonly<Record<string, string | undefined>>;

/**
 * Fills in a template.
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
