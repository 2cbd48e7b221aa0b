import { asError } from "../common/error.js";

/**
 * Runs an action on a file.
 *
 * @throws the system's error, with the path added where Node.js does not name it
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

/** Error codes for a lack of room: on the disk, in the user's quota, in the process's limit. */
const NO_ROOM: readonly string[] = ["ENOSPC", "EDQUOT", "EFBIG"];

/** Whether an error reports a lack of room. */
export function isNoRoom(error: unknown): boolean {
  return error instanceof Error && "code" in error && NO_ROOM.includes(String(error.code));
}

const TAKES = / \(it takes \d+ KiB\)$/;

/**
 * Adds the room that a file takes to an error that reports a lack of room; returns other errors unchanged.
 *
 * @param octets the total, which replaces the size that was added for a part of it
 */
export function missingRoom(thrown: unknown, octets: number): Error {
  const error: NodeJS.ErrnoException = asError(thrown);
  if (!isNoRoom(error)) return error;
  const message = `${error.message.replace(TAKES, "")} (it takes ${Math.ceil(octets / 1024)} KiB)`;
  return Object.assign(new Error(message, { cause: error }), { code: error.code });
}
