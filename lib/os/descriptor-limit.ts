import { readFileSync } from "node:fs";

/**
 * Returns the most files, sockets and other descriptors that this process may have open (RLIMIT_NOFILE), as Linux lists
 * it in /proc.
 *
 * @returns Infinity where there is no limit, or on another system
 */
export function descriptorLimit(): number {
  try {
    const soft = /^Max open files +(\d+) /m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1];
    return soft === undefined ? Infinity : Number(soft);
  } catch {
    return Infinity;
  }
}
