import { readFileSync } from "node:fs";

/**
 * @returns how many files, sockets and the like this process may have open at the same time (RLIMIT_NOFILE), as Linux tells
 *   it; Infinity where there is no limit, or on another system
 */
export function descriptorLimit(): number {
  try {
    const soft = /^Max open files +(\d+) /m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1];
    return soft === undefined ? Infinity : Number(soft);
  } catch {
    return Infinity;
  }
}
