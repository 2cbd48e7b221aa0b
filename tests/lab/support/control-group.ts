/** A control group (cgroups(7), version 2) for processes of the lab that make more of them, such as systemd. */

import { accessSync, constants, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";

/** Time limit for the kernel to remove processes that were killed, in milliseconds. */
const PATIENCE = 5_000;

/** Returns the folder of control groups where they can be made here; beside version 1 it is not /sys/fs/cgroup. */
export function controlGroups(): string | undefined {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  const [, folder] = mounts.map((line) => line.split(" ")).find(([, , type]) => type === "cgroup2") ?? [];
  if (folder === undefined) return undefined;
  try {
    accessSync(folder, constants.W_OK);
    return folder;
  } catch {
    return undefined; // a container's, that it may only read
  }
}

/** Makes a group. Throws where there can be none. @returns its folder */
export function makeControlGroup(name: string): string {
  const folder = join(controlGroups() ?? "/sys/fs/cgroup", name);
  mkdirSync(folder);
  return folder;
}

/** Removes a group and those in it; its processes have been killed. Synchronous, so that it works at a process's exit. */
export function removeControlGroup(folder: string): void {
  const inner = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of inner) removeControlGroup(join(folder, name));
  const clock = new Int32Array(new SharedArrayBuffer(4));
  const end = Date.now() + PATIENCE;
  while (!removed(folder)) {
    if (Date.now() > end) throw new Error(`${folder}: still in use after ${PATIENCE} ms`);
    Atomics.wait(clock, 0, 0, 10);
  }
}

/** EBUSY: what was killed there is still ending. */
function removed(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EBUSY") return false;
    throw error;
  }
}
