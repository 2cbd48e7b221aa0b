import { statSync } from "node:fs";
import { dirname } from "node:path";

/** Whether every user may read a file of this host: it, and all folders that it is in, let others. */
export function everybodyMayRead(path: string): boolean {
  if ((statSync(path).mode & 0o004) === 0) return false;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}
