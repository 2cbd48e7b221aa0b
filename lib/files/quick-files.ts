import { constants } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { Libc } from "../os/libc.js";
import { remember } from "../common/remember.js";

/**
 * Local file systems, by their numbers in linux/magic.h: ext, XFS, Btrfs, tmpfs, ramfs, overlayfs, F2FS, ZFS, squashfs,
 * ISO 9660, EROFS, VFAT. On any other, such as NFS, an operation may block indefinitely.
 */
const NEAR_FILE_SYSTEMS = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x858458f6, 0x794c7630, 0xf2f52010, 0x2fc12fc1, 0x73717368, 0x9660,
  0xe0f5e1e2, 0x4d44,
]);

/** Most folders whose file system is remembered. */
const MOST_FOLDERS = 1024;

// Constants of open_how of openat2(2), and RWF_NOWAIT of preadv2(2).
const OPEN_HOW_SIZE = 24;
const RESOLVE = 16;
const RESOLVE_CACHED = 0x20;
const O_CLOEXEC = 0o2000000;
const AT_FDCWD = -100;
const RWF_NOWAIT = 8;

/**
 * Opens and reads files without Node.js's threads where the kernel has everything in memory: a turn through the threads
 * takes longer than reading a small file. Operations that would block fail.
 */
export class QuickFiles {
  readonly #libc: Libc;
  readonly #how = Buffer.alloc(OPEN_HOW_SIZE);
  readonly #vector = Buffer.alloc(16);
  /** Whether folders are on a local file system; undefined while that is being determined. */
  readonly #near = new Map<string, boolean | undefined>();

  constructor(libc: Libc) {
    this.#libc = libc;
    // A symbolic link may lead to another file system.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW | O_CLOEXEC;
    this.#how.writeUInt32LE(flags);
    this.#how.writeUInt32LE(RESOLVE_CACHED, RESOLVE);
  }

  /**
   * Opens a file.
   *
   * @returns a descriptor; undefined where opening would block, or there is no such file
   */
  open(path: string): number | undefined {
    if (!this.#isNear(dirname(path))) return undefined;
    const descriptor = this.#libc.openat2(AT_FDCWD, path, this.#how, OPEN_HOW_SIZE);
    return descriptor < 0 ? undefined : descriptor;
  }

  /** Reads octets from `offset` on. @returns whether all were read; false also where reading would block */
  read(descriptor: number, octets: Buffer, offset: number): boolean {
    this.#vector.writeBigUInt64LE(this.#libc.addressOf(octets));
    this.#vector.writeBigUInt64LE(BigInt(octets.length), 8);
    return this.#libc.preadv2(descriptor, this.#vector, 1, offset, RWF_NOWAIT) === octets.length;
  }

  /** Determines whether a folder is on a local file system; until then nothing in it is opened quickly. */
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
