/**
 * Returns a function that computes each value once and keeps it. Suits few keys only, since no value is dropped.
 *
 * @param keyOf returns what distinguishes one argument from another
 */
export function memoize<Argument, Value>(
  make: (argument: Argument) => Value,
  keyOf: (argument: Argument) => unknown,
): (argument: Argument) => Value {
  const made = new Map<unknown, Value>();
  return (argument) => {
    const key = keyOf(argument);
    const known = made.get(key);
    if (known !== undefined || made.has(key)) return known as Value;
    const value = make(argument);
    made.set(key, value);
    return value;
  };
}
