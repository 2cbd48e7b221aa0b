import { closeSync, constants, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { asError } from "../common/error.js";
import { StartError } from "./start-error.js";

/** A file that says which process the daemon is, for who started it. */
export interface PidFile {
  /** Removes it where it is still ours and its folder lets us: a number that is no process is what such files end as. */
  remove(): void;
}

/**
 * Writes it. Its owner stays who we are now: root goes by what it says.
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
      // An empty one would be there, which says nothing.
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
        // Only root may, and that was given up.
      }
    },
  };
}
