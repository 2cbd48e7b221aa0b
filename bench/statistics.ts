/** The middle of the values, the mean of the two middle ones where their number is even; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** The value that `share` of the values do not exceed (0.99: the 99th percentile); 0 of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** The participants in an order that is another one each round: none always follows the same. */
export function turned<T>(participants: readonly T[], round: number): readonly T[] {
  const from = round % participants.length;
  return [...participants.slice(from), ...participants.slice(0, from)];
}
