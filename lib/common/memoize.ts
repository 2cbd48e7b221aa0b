/**
 * A function that makes each value once and keeps it. For keys of which there are few, since none is forgotten.
 *
 * @param keyOf what tells one argument from another
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
