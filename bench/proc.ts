/** Facts about a running process of Linux: proc(5). */

import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ, in which proc(5) counts CPU time; 100 on every architecture that Debian has. */
const TICKS_A_SECOND = 100;

/** CPU time of the process, and of its children that have ended, in seconds. */
export function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The second field, the name in parentheses, may hold spaces; the third begins after it.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const times = fields.slice(11, 15).map(Number); // utime, stime, cutime, cstime
  return times.reduce((sum, ticks) => sum + ticks, 0) / TICKS_A_SECOND;
}

function statusNumber(path: string, name: string): number {
  const [, value] = new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync(path, "utf8")) ?? [];
  if (value === undefined) throw new Error(`${path} has no ${name}`);
  return Number(value);
}

/** The most memory that the process ever had resident, in MiB. */
export function peakMemory(pid: number): number {
  return statusNumber(`/proc/${pid}/status`, "VmHWM") / 1024;
}

/** The memory that the process has resident now, in MiB. */
export function residentMemory(pid: number): number {
  return statusNumber(`/proc/${pid}/status`, "VmRSS") / 1024;
}

/** Returns how often the process's threads went to sleep: each time, something had woken one. */
export function sleeps(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => statusNumber(`/proc/${pid}/task/${thread}/status`, "voluntary_ctxt_switches"))
    .reduce((sum, count) => sum + count, 0);
}
