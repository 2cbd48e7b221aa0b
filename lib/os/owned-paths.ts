import { closeSync, constants, fchownSync, fstatSync, lchownSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { openToAppend } from "./append.js";
import type { User } from "./user.js";

/** The user and group that a path is given to. */
export type Owner = Pick<User, "uid" | "gid">;

/** The mode bit by which everybody may write. */
const WORLD_WRITABLE = 0o002;

/** The folder that file systems have at their top. */
const FOUND = "lost+found";

/**
 * Gives a folder, and what root owns in it, to the user who will write there; creates it where it does not exist. Files
 * of other users stay theirs. The user may have planted links there before: no link is followed, and a file with a
 * second name is left alone. Of a world-writable folder, only the contents are given.
 *
 * @param isOurs tells by name what may be in the folder
 * @throws the system's error, or one that names a foreign file in the folder, which is not given then
 */
export function giveFolder(path: string, owner: Owner, isOurs: (name: string) => boolean): void {
  mkdirSync(path, { recursive: true });
  const stat = lstatSync(path);
  const names = readdirSync(path).filter((name) => name !== FOUND);
  const isShared = (stat.mode & WORLD_WRITABLE) !== 0;
  const foreign = names.find((name) => !isOurs(name));
  if (foreign !== undefined && !isShared) {
    throw new Error(`it also holds ${foreign}; give it a folder where nothing else is`);
  }
  for (const name of names.filter(isOurs)) give(join(path, name), owner);
  if (!isShared && stat.isDirectory() && stat.uid === 0) lchownSync(path, owner.uid, owner.gid);
}

/**
 * Gives a file to the user who will write to it; creates it where it does not exist.
 *
 * @throws the system's error
 */
export function giveFile(path: string, { uid, gid }: Owner): void {
  mkdirSync(dirname(path), { recursive: true });
  const file = openToAppend(path, 0o640, constants.O_NOFOLLOW);
  try {
    const stat = fstatSync(file);
    if (stat.isFile() && stat.uid === 0 && stat.nlink === 1) fchownSync(file, uid, gid);
  } finally {
    closeSync(file);
  }
}

function give(path: string, owner: Owner): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  if (stat.isDirectory()) for (const name of readdirSync(path)) give(join(path, name), owner);
  else if (stat.nlink > 1) return;
  if (stat.uid === 0) lchownSync(path, owner.uid, owner.gid);
}
