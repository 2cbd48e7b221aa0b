import { constants } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Libc } from "../os/libc.js";
import { remember } from "../common/remember.js";

/**
 * File systems of this host's own disks and memory, by their numbers in linux/magic.h: ext, XFS, Btrfs, tmpfs, ramfs,
 * overlayfs, F2FS, ZFS, squashfs, ISO 9660, EROFS, VFAT. On any other, such as NFS, an answer may never come.
 */
const NEAR_FILE_SYSTEMS = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x858458f6, 0x794c7630, 0xf2f52010, 0x2fc12fc1, 0x73717368, 0x9660,
  0xe0f5e1e2, 0x4d44,
]);

/** Of how many folders it is remembered whether they are near. */
const MOST_FOLDERS = 1024;

// open_how of openat2(2), and RWF_NOWAIT of preadv2(2).
const OPEN_HOW_SIZE = 24;
const RESOLVE = 16;
const RESOLVE_CACHED = 0x20;
const O_CLOEXEC = 0o2000000;
const AT_FDCWD = -100;
const RWF_NOWAIT = 8;

/**
 * Opens and reads files without Node's threads, where the system has all it needs in memory: a turn through the threads
 * takes longer than reading a small file. What would have to wait is not done.
 */
export class QuickFiles {
  readonly #libc: Libc;
  readonly #how = Buffer.alloc(OPEN_HOW_SIZE);
  readonly #vector = Buffer.alloc(16);
  /** Whether folders are on a near file system; undefined while that is being asked. */
  readonly #near = new Map<string, boolean | undefined>();

  constructor(libc: Libc) {
    this.#libc = libc;
    // A symbolic link may lead to another file system.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW | O_CLOEXEC;
    this.#how.writeUInt32LE(flags);
    this.#how.writeUInt32LE(RESOLVE_CACHED, RESOLVE);
  }

  /** @returns a descriptor; undefined where it takes waiting to have one, or where there is no such file */
  open(path: string): number | undefined {
    if (!this.#isNear(dirname(path))) return undefined;
    const descriptor = this.#libc.openat2(AT_FDCWD, path, this.#how, OPEN_HOW_SIZE);
    return descriptor < 0 ? undefined : descriptor;
  }

  /** Reads octets from `offset` on. @returns whether they are all there; false also where that takes waiting */
  read(descriptor: number, octets: Buffer, offset: number): boolean {
    this.#vector.writeBigUInt64LE(this.#libc.addressOf(octets));
    this.#vector.writeBigUInt64LE(BigInt(octets.length), 8);
    return this.#libc.preadv2(descriptor, this.#vector, 1, offset, RWF_NOWAIT) === octets.length;
  }

  /** Asks what a folder is on; until that is known nothing below it is quick. */
  async learn(folder: string): Promise<void> {
    remember(this.#near, folder, undefined, MOST_FOLDERS);
    try {
      const { type } = await statfs(folder);
      this.#near.set(folder, NEAR_FILE_SYSTEMS.has(type));
    } catch {
      this.#near.delete(folder);
    }
  }

  #isNear(folder: string): boolean {
    if (!this.#near.has(folder)) void this.learn(folder);
    return this.#near.get(folder) === true;
  }
}
