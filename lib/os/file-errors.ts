import { asError } from "../common/error.js";

/**
 * Does something with a file.
 *
 * @throws the system's error, with the path where Node.js does not name it
 */
export function explained(path: string, act: () => void): void {
  try {
    act();
  } catch (thrown) {
    const error: NodeJS.ErrnoException = asError(thrown);
    const message = error.message.includes(path) ? error.message : `${error.message} '${path}'`;
    throw Object.assign(new Error(message, { cause: error }), { code: error.code });
  }
}

/** What the system says where there is no room: on the disk, for this user, for this process. */
const NO_ROOM: readonly string[] = ["ENOSPC", "EDQUOT", "EFBIG"];

/** Whether that is what the system says. */
export function isNoRoom(error: unknown): boolean {
  return error instanceof Error && "code" in error && NO_ROOM.includes(String(error.code));
}

const TAKES = / \(it takes \d+ KiB\)$/;

/**
 * Adds to an error how much room something takes, where that there is too little is the reason.
 *
 * @param octets how much it takes in all, which counts in the place of what was said of a part
 */
export function missingRoom(thrown: unknown, octets: number): Error {
  const error: NodeJS.ErrnoException = asError(thrown);
  if (!isNoRoom(error)) return error;
  const message = `${error.message.replace(TAKES, "")} (it takes ${Math.ceil(octets / 1024)} KiB)`;
  return Object.assign(new Error(message, { cause: error }), { code: error.code });
}
