import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { explained } from "../../os/file-errors.js";

/** How much more than needed is taken where the disk has it, in octets, so that it is not looked at each time. */
const AHEAD = 256 * 1024;

/**
 * Room on disk behind what a database holds. LMDB itself tells of a full disk on stderr, in the middle of the log, and
 * calls one that took a part of a page an input/output error. So what a transaction may add to the file is there
 * before, as zeros that it overwrites, and what the system says to that is the reason.
 */
export class DiskRoom {
  readonly #path: string;
  readonly #descriptor: number;
  /** The octets at the end of the file that no transaction may have used. */
  #spare = 0;

  /**
   * @param path a database's file, which is there
   * @throws the system's error where it cannot be opened for writing
   */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, "r+");
  }

  /**
   * Takes room for a transaction of what is known to be left. None may be under way.
   *
   * @param needed the octets that it may add to the file; more than 0
   * @returns whether that was enough; if not, see {@link make}
   * @throws the system's error where nothing can be written any more
   */
  take(needed: number): boolean {
    if (this.#spare < needed) return false;
    this.#spare -= needed;
    explained(this.#path, () => {
      // A file system that turned read-only says so only to who writes. What is there is written, which harms nothing.
      const last = fstatSync(this.#descriptor).size - 1;
      const octet = Buffer.alloc(1);
      readSync(this.#descriptor, octet, 0, 1, last);
      writeSync(this.#descriptor, octet, 0, 1, last);
    });
    return true;
  }

  /**
   * Makes room for a transaction, and takes it. None may be under way.
   *
   * @param used how much of the file is the database's, in octets
   * @param needed the octets that may be added to that; more than 0
   * @throws the system's error where there is no room, or nothing can be written
   */
  make(used: number, needed: number): void {
    this.reserve(used, needed, AHEAD);
    this.take(needed);
  }

  /**
   * Makes room for what is to be taken later. No transaction may be under way.
   *
   * @param used how much of the file is the database's, in octets
   * @param needed the octets that may be added to that; more than 0
   * @param ahead how much more is welcome, in octets
   * @throws the system's error where there is no room
   */
  reserve(used: number, needed: number, ahead = 0): void {
    explained(this.#path, () => {
      const { size } = fstatSync(this.#descriptor);
      const least = used + needed;
      const end = size < least ? this.#extend(size, least, least + ahead) : size;
      this.#spare = end - used;
    });
  }

  /** What was written is on disk when this is done. @throws the system's error */
  flush(): void {
    explained(this.#path, () => {
      fsyncSync(this.#descriptor);
    });
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Not a hole, which would be there without room for it. @returns the new end */
  #extend(from: number, least: number, most: number): number {
    const zeros = Buffer.alloc(most - from);
    let end = from;
    try {
      // A disk that gets full takes a part at first.
      while (end < most) end += writeSync(this.#descriptor, zeros, 0, most - end, end);
    } catch (error) {
      if (end < least) throw error;
    }
    return end;
  }
}
