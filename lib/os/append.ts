import { constants, openSync } from "node:fs";

/**
 * Opens a file to add to it; it is made where it is not there.
 *
 * Asked to make it, Linux refuses even root a file that is there and another user's, in a folder such as /tmp
 * (`fs.protected_regular`, proc_sys_fs(5)). So it is asked to only when there is none.
 *
 * @param more further flags of open(2)
 * @returns its descriptor
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
