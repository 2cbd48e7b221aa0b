import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync, statSync, writeSync } from "node:fs";
import { explained, missingRoom } from "../../os/file-errors.js";

/** In octets; more than lmdb's 126 readers and the header before them take. */
export const LOCK_LENGTH = 16 * 1024;
/** In octets: the smallest allocation unit of any file system, and the unit of stat(2). */
const BLOCK = 512;
/**
 * Offset of an octet in each block that LMDB does not use on any system, so that it can be written while other
 * processes use the file: a reader slot has 64 octets, of which at most 24 are used, and the first slot is at offset
 * 64, 176 or 208.
 */
const UNUSED = 492;

/**
 * Reserves the room of a lock file, and creates it where it is missing. LMDB itself only sets its length and then
 * writes through a memory map: on a full disk this ends the process (SIGBUS).
 *
 * @throws the system's error, with the room needed where the disk is full
 */
export function takeLockRoom(path: string): void {
  // Open only if needed: closing the file drops the locks that this process may have on it (fcntl(2)).
  const there = statSync(path, { throwIfNoEntry: false });
  if (there !== undefined && there.size >= LOCK_LENGTH && there.blocks * BLOCK >= LOCK_LENGTH) return;
  try {
    explained(path, () => {
      fill(path);
    });
  } catch (error) {
    throw missingRoom(error, LOCK_LENGTH);
  }
}

/** Allocates all blocks by writing one octet of each. The flush ensures that delayed allocations succeeded. */
function fill(path: string): void {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const zero = Buffer.alloc(1);
  try {
    if (fstatSync(file).size < LOCK_LENGTH) ftruncateSync(file, LOCK_LENGTH);
    for (let block = 0; block < LOCK_LENGTH; block += BLOCK) writeSync(file, zero, 0, 1, block + UNUSED);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
