import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, writeSync } from "node:fs";

const KIB = 1024;

/** A file that leaves so much of a disk free as is wanted. */
export class DiskFiller {
  readonly #file: number;

  constructor(path: string) {
    this.#file = openSync(path, "w");
  }

  /** @param free in KiB; a file system may need some of it for itself */
  leave(free: number): void {
    // Room that was freed last is available only after a flush.
    for (const size of [1024 * KIB, 4 * KIB, KIB, KIB]) {
      this.#grow(size);
      fsyncSync(this.#file);
    }
    ftruncateSync(this.#file, Math.max(0, fstatSync(this.#file).size - free * KIB));
    fsyncSync(this.#file);
  }

  empty(): void {
    ftruncateSync(this.#file, 0);
    fsyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }

  #grow(size: number): void {
    const octets = Buffer.alloc(size, 1);
    try {
      let end = fstatSync(this.#file).size;
      for (;;) end += writeSync(this.#file, octets, 0, octets.length, end);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }
}
