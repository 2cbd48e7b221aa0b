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
/** What others than the owner may do with a file. */
const OTHERS = 0o077;
/** Everybody may write there. */
const WORLD_WRITABLE = 0o002;

/**
 * Makes a folder that only its owner may look into, and those above it as they usually are. One that is there stays as it
 * is.
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
 * Takes from everybody but their owner what they may do with a folder and what is in it. Links are left alone, and so is a
 * folder that holds something else, or where everybody may write; what is ours in it is not.
 *
 * @param isOurs tells by their names what may be in it
 * @throws the system's error, such as where they are another user's
 */
export function closeFolder(path: string, isOurs: (name: string) => boolean): void {
  const names = namesIn(path);
  for (const name of names.filter(isOurs)) restrict(join(path, name), (stat) => stat.isFile() && stat.nlink === 1);
  const isShared = (stat: Stats): boolean => (stat.mode & WORLD_WRITABLE) !== 0 || !names.every(isOurs);
  restrict(path, (stat) => stat.isDirectory() && !isShared(stat));
}

/** A name that a file was given is on disk when its folder is. @throws the system's error */
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

/** By a descriptor, so that what is looked at is what is changed. */
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

/** Not there, or somebody else's who keeps it closed; or a link, or a socket. */
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
