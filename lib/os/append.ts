import { constants, openSync } from "node:fs";

/**
 * Opens a file for appending; creates it where it does not exist.
 *
 * Linux refuses O_CREAT for an existing file of another user in a folder such as /tmp, even to root
 * (`fs.protected_regular`, proc_sys_fs(5)). So the flag is set only when there is no file.
 *
 * @param more further flags of open(2)
 * @returns the descriptor
 * @throws the system's error
 */
export function openToAppend(path: string, mode = 0o666, more = 0): number {
  const flags = constants.O_WRONLY | constants.O_APPEND | more;
  try {
    return openSync(path, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return openSync(path, flags | constants.O_CREAT, mode);
  }
}
