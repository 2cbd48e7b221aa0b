import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { explained } from "../../os/file-errors.js";

/** Octets reserved beyond the need where the disk has them, so that not every transaction has to extend the file. */
const AHEAD = 256 * 1024;

/**
 * Reserves disk space behind the contents of a database. On a full disk LMDB itself writes to stderr, in the middle of
 * the log, and reports a partly written page as an input/output error. So the space that a transaction may add is
 * allocated beforehand, as zeros that the transaction overwrites, and a failure has the system's own error.
 */
export class DiskRoom {
  readonly #path: string;
  readonly #descriptor: number;
  /** The octets at the end of the file that no transaction has claimed. */
  #spare = 0;

  /**
   * Opens the file of a database.
   *
   * @param path of an existing file
   * @throws the system's error where it cannot be opened for writing
   */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, "r+");
  }

  /**
   * Claims reserved space for a transaction. No transaction may be in progress.
   *
   * @param needed the octets that it may add to the file; more than 0
   * @returns whether enough was reserved; if not, call {@link make}
   * @throws the system's error where the file is no longer writable
   */
  take(needed: number): boolean {
    if (this.#spare < needed) return false;
    this.#spare -= needed;
    explained(this.#path, () => {
      // Only a write reveals that a file system turned read-only. Rewriting an octet with its own value is harmless.
      const last = fstatSync(this.#descriptor).size - 1;
      const octet = Buffer.alloc(1);
      readSync(this.#descriptor, octet, 0, 1, last);
      writeSync(this.#descriptor, octet, 0, 1, last);
    });
    return true;
  }

  /**
   * Reserves and claims space for a transaction. No transaction may be in progress.
   *
   * @param used the octets that the database uses
   * @param needed the octets that may be added to that; more than 0
   * @throws the system's error where there is no room, or nothing can be written
   */
  make(used: number, needed: number): void {
    this.reserve(used, needed, AHEAD);
    this.take(needed);
  }

  /**
   * Reserves space for later. No transaction may be in progress.
   *
   * @param used the octets that the database uses
   * @param needed the octets that may be added to that; more than 0
   * @param ahead the octets to reserve beyond that, if available
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

  /** Flushes the file to disk. @throws the system's error */
  flush(): void {
    explained(this.#path, () => {
      fsyncSync(this.#descriptor);
    });
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Appends zeros; a hole would not allocate space. @returns the new end */
  #extend(from: number, least: number, most: number): number {
    const zeros = Buffer.alloc(most - from);
    let end = from;
    try {
      // A disk that fills up writes only a part at first.
      while (end < most) end += writeSync(this.#descriptor, zeros, 0, most - end, end);
    } catch (error) {
      if (end < least) throw error;
    }
    return end;
  }
}
