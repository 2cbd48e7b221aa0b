/**
 * A count and what is counted, in words: `1 lease`, `2 leases`, `0 leases`.
 *
 * @param many what more than one, or none, are called
 */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
