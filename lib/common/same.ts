/**
 * Whether two plain values are the same, field by field. A field that is undefined counts as one that is missing.
 *
 * @param without the name of a field of theirs that does not matter
 */
export function isSame(one: unknown, other: unknown, without?: string): boolean {
  if (one === other) return true;
  if (!isObject(one) || !isObject(other) || Array.isArray(one) !== Array.isArray(other)) return false;
  for (const name in one) if (name !== without && !isSame(one[name], other[name])) return false;
  for (const name in other) if (name !== without && other[name] !== undefined && one[name] === undefined) return false;
  return true;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
