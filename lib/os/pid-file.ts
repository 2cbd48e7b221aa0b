import { closeSync, constants, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { asError } from "../common/error.js";
import { StartError } from "./start-error.js";

/** A file with the process ID of the daemon, for the process that started it. */
export interface PidFile {
  /** Removes the file where it is still ours and its folder permits it; otherwise it stays, with a stale number. */
  remove(): void;
}

/**
 * Writes the file. It stays with the current user, usually root, since root acts on what it says.
 *
 * @throws {StartError} where it cannot be written
 */
export function writePidFile(path: string, pid = process.pid): PidFile {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
    const file = openSync(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o644);
    try {
      writeSync(file, `${pid}\n`);
    } catch (error) {
      // Removes the file, since it would be empty.
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new StartError(`[daemon] pid_file: ${path} cannot be written: ${asError(error).message}`);
  }
  return {
    remove: () => {
      try {
        if (readFileSync(path, "utf8") === `${pid}\n`) rmSync(path);
      } catch {
        // Only root may remove it, and root was given up.
      }
    },
  };
}
