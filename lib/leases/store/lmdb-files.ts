import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, renameSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { missingRoom } from "../../os/file-errors.js";
import { flushFolder, makePrivateFolder } from "../../os/private-paths.js";
import { DiskRoom } from "./disk-room.js";
import { BEGUN, CLOSED, DATA, lockOf } from "./lease-files.js";
import { LOCK_LENGTH, takeLockRoom } from "./lock-file.js";

/** How long looking through a database may take. */
const CHECK_MILLISECONDS = 60_000;

/** Whether there is a database in a folder. */
export function hasDatabase(folder: string): boolean {
  return existsSync(join(folder, DATA));
}

/**
 * Whether a database can be read through. A damaged one would end the process that reads it, so another one tries; not
 * where the last writer closed it properly.
 *
 * @throws the system's error where it cannot be looked at
 */
export function isSound(folder: string): boolean {
  if (!hasDatabase(folder) || existsSync(join(folder, CLOSED))) return true;
  // What may not be read, or not now, is not damaged for that.
  closeSync(openSync(join(folder, DATA), "r"));
  takeReadersRoom(folder);
  const { status } = runAside("lmdb-check.js", folder);
  return status === 0;
}

/**
 * Takes the room that a reader needs: who only reads makes the lock file where it is not there.
 *
 * @throws the system's error where there is none
 */
export function takeReadersRoom(folder: string): void {
  try {
    takeLockRoom(lockOf(join(folder, DATA)));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // LMDB reads without it where it may not write there.
    if (code !== "EACCES" && code !== "EROFS") throw error;
  }
}

/**
 * Begins a database in a folder where there is none. It is there whole, with its room, or not at all.
 *
 * @param room how many octets it is to have
 * @throws the system's error, with what is missing where that is room
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

/** Puts what is in a folder aside, and makes it anew. @returns where it is now */
export function setAside(folder: string): string {
  const path = `${folder}.damaged-${new Date().toISOString().replaceAll(":", "-")}`;
  renameSync(folder, path);
  makePrivateFolder(folder);
  return path;
}

function fillNew(path: string, room: number): void {
  const disk = new DiskRoom(path);
  try {
    // LMDB takes a file for new only where it is empty: whether there is room is seen before.
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

/** Has another process do what may end it. @throws the system's error where there can be none */
function runAside(program: string, argument: string): ReturnType<typeof spawnSync> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const result = spawnSync(process.execPath, [path, argument], { timeout: CHECK_MILLISECONDS, stdio: "ignore" });
  const error: NodeJS.ErrnoException | undefined = result.error;
  if (error !== undefined && error.code !== "ETIMEDOUT") throw error;
  return result;
}
