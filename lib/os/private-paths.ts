import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  type Stats,
} from "node:fs";
import { dirname, join } from "node:path";

/** The mode of a folder that only its owner may use. */
const PRIVATE = 0o700;
/** The mode bits of everybody but the owner. */
const OTHERS = 0o077;
/** The mode bit by which everybody may write. */
const WORLD_WRITABLE = 0o002;

/**
 * Makes a folder that only its owner may use, and missing parents with the usual mode. Leaves an existing folder alone.
 *
 * @throws the system's error
 */
export function makePrivateFolder(path: string): void {
  try {
    mkdirSync(path, PRIVATE);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT") throw error;
    mkdirSync(dirname(path), { recursive: true });
    mkdirSync(path, PRIVATE);
  }
}

/**
 * Removes every permission but the owner's from a folder and the files in it. Leaves links alone, and the folder itself
 * where it holds foreign files or everybody may write; our files in it are restricted nevertheless.
 *
 * @param isOurs tells by name what may be in the folder
 * @throws the system's error, such as for paths of another user
 */
export function closeFolder(path: string, isOurs: (name: string) => boolean): void {
  const names = namesIn(path);
  for (const name of names.filter(isOurs)) restrict(join(path, name), (stat) => stat.isFile() && stat.nlink === 1);
  const isShared = (stat: Stats): boolean => (stat.mode & WORLD_WRITABLE) !== 0 || !names.every(isOurs);
  restrict(path, (stat) => stat.isDirectory() && !isShared(stat));
}

/**
 * Flushes a folder to disk, and with it the new names in it.
 *
 * @throws the system's error
 */
export function flushFolder(path: string): void {
  const folder = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (isOutOfReach(error)) return [];
    throw error;
  }
}

/** Removes the permissions through a descriptor, so that the file that was checked is the one that changes. */
function restrict(path: string, suits: (stat: Stats) => boolean): void {
  const file = openPlain(path);
  if (file === undefined) return;
  try {
    const stat = fstatSync(file);
    if ((stat.mode & OTHERS) !== 0 && suits(stat)) fchmodSync(file, stat.mode & ~OTHERS & 0o7777);
  } finally {
    closeSync(file);
  }
}

/** Whether a path does not exist, is closed to this user, or is a link or a socket. */
function isOutOfReach(error: unknown): boolean {
  return ["ENOENT", "EACCES", "ELOOP", "ENXIO"].includes((error as NodeJS.ErrnoException).code ?? "");
}

/** @returns undefined where it is out of reach */
function openPlain(path: string): number | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    return openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (isOutOfReach(error)) return undefined;
    throw error;
  }
}
