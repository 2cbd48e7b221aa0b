import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync, statSync, writeSync } from "node:fs";
import { explained, missingRoom } from "../../os/file-errors.js";

/** More octets than the 126 readers that lmdb allows take, and what stands before them. */
export const LOCK_LENGTH = 16 * 1024;
/** In octets; no file system counts in smaller units, and stat(2) counts in these. */
const BLOCK = 512;
/**
 * An octet of each block that LMDB uses on no system, so that it may be written while others use the file: a reader has 64
 * octets, of which it uses 24 at most, and the first one's begin at octet 64, 176 or 208.
 */
const UNUSED = 492;

/**
 * Takes the room of a lock file, which is made where it is not there. LMDB itself only sets its length and then writes to
 * it in memory, and where the disk is full that ends the process (SIGBUS).
 *
 * @throws the system's error; it tells how much room it takes, where that is the reason
 */
export function takeLockRoom(path: string): void {
  // It is not opened without need: closing it gives up the locks that this process may have on it (fcntl(2)).
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

/** An octet takes its whole block. What is promised when it is written is there when it is flushed. */
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
