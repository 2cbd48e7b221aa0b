/**
 * How long the processor works at something, in milliseconds: what else it does meanwhile does not count, as it would by
 * the clock.
 */
export function processorTime(action: () => void): number {
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
