/**
 * Formats a count with its noun: `1 lease`, `2 leases`, `0 leases`.
 *
 * @param many the plural, also used for none
 */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
