import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, renameSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { missingRoom } from "../../os/file-errors.js";
import { flushFolder, makePrivateFolder } from "../../os/private-paths.js";
import { DiskRoom } from "./disk-room.js";
import { BEGUN, CLOSED, DATA, lockOf } from "./lease-files.js";
import { LOCK_LENGTH, takeLockRoom } from "./lock-file.js";

/** Timeout of the database check. */
const CHECK_MILLISECONDS = 60_000;

/** Whether a folder has a database. */
export function hasDatabase(folder: string): boolean {
  return existsSync(join(folder, DATA));
}

/**
 * Whether a database can be read completely. Checks it in another process, since a damaged one would end the process
 * that reads it; skips the check where the last writer closed it properly.
 *
 * @throws the system's error where it cannot be opened
 */
export function isSound(folder: string): boolean {
  if (!hasDatabase(folder) || existsSync(join(folder, CLOSED))) return true;
  // An unreadable file is an error, not damage.
  closeSync(openSync(join(folder, DATA), "r"));
  takeReadersRoom(folder);
  const { status } = runAside("lmdb-check.js", folder);
  return status === 0;
}

/**
 * Reserves the room of the lock file: a reader, too, creates it where it is missing.
 *
 * @throws the system's error where there is no room
 */
export function takeReadersRoom(folder: string): void {
  try {
    takeLockRoom(lockOf(join(folder, DATA)));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // LMDB reads without a lock file where it may not write.
    if (code !== "EACCES" && code !== "EROFS") throw error;
  }
}

/**
 * Creates a database in a folder without one. On failure nothing is left behind.
 *
 * @param room its initial size in octets
 * @throws the system's error, with the room needed where the disk is full
 */
export function beginDatabase(folder: string, room: number): void {
  const [path, data] = [join(folder, BEGUN), join(folder, DATA)];
  removeFiles(folder, BEGUN, lockOf(BEGUN));
  try {
    takeLockRoom(lockOf(data));
    closeSync(openSync(path, "wx", 0o600));
    fillNew(path, room);
    renameSync(path, data);
    flushFolder(folder);
  } catch (error) {
    removeFiles(folder, DATA, lockOf(DATA));
    throw missingRoom(error, LOCK_LENGTH + room);
  } finally {
    removeFiles(folder, BEGUN, lockOf(BEGUN));
  }
}

/**
 * Renames a folder with a damaged database, and creates an empty one in its place.
 *
 * @returns the new path of the damaged one
 */
export function setAside(folder: string): string {
  const path = `${folder}.damaged-${new Date().toISOString().replaceAll(":", "-")}`;
  renameSync(folder, path);
  makePrivateFolder(folder);
  return path;
}

function fillNew(path: string, room: number): void {
  const disk = new DiskRoom(path);
  try {
    // LMDB initialises only an empty file: check for room first, then truncate.
    disk.reserve(0, room);
    disk.flush();
    truncateSync(path);
    const { status, signal } = runAside("lmdb-create.js", path);
    if (status !== 0) throw new Error(`'${path}' could not be made: ${signal ?? `exit code ${status}`}`);
    disk.reserve(0, room);
    disk.flush();
  } finally {
    disk.close();
  }
}

function removeFiles(folder: string, ...names: readonly string[]): void {
  for (const name of names) rmSync(join(folder, name), { force: true });
}

/** Runs a program that may crash in a process of its own. @throws the system's error where it cannot be started */
function runAside(program: string, argument: string): ReturnType<typeof spawnSync> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const result = spawnSync(process.execPath, [path, argument], { timeout: CHECK_MILLISECONDS, stdio: "ignore" });
  const error: NodeJS.ErrnoException | undefined = result.error;
  if (error !== undefined && error.code !== "ETIMEDOUT") throw error;
  return result;
}
