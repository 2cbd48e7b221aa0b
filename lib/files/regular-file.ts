import { closeSync, constants, fstatSync, open, read, readlinkSync, type Stats } from "node:fs";
import { lstat, realpath, stat } from "node:fs/promises";
import { promisify } from "node:util";
import type { QuickFiles } from "./quick-files.js";
import type { FileCause } from "../events/causes/files.js";
import { FileError } from "./source.js";

/**
 * An open regular file of this host. Operations that may block on a disk or another host use Node.js's threads; the
 * status of an open file is read synchronously, since a turn through the threads costs more.
 */
export class RegularFile {
  /** The status when the file was opened. */
  readonly status: Stats;
  readonly #path: string;
  readonly #descriptor: number;
  readonly #quick: QuickFiles | undefined;
  /** Number of reads in progress: once closed, the descriptor's number may refer to another file. */
  #reading = 0;
  #closing = false;

  private constructor(path: string, descriptor: number, quick: QuickFiles | undefined) {
    this.#path = path;
    this.#descriptor = descriptor;
    this.#quick = quick;
    this.status = fstatSync(descriptor);
  }

  /**
   * Opens a file.
   *
   * @param quick used before Node.js's threads
   * @throws {FileError} where there is none, or it is not a regular file
   */
  static async open(path: string, quick: QuickFiles | undefined): Promise<RegularFile> {
    // Opening a FIFO would block until a writer opens it; without blocking it opens, and is then rejected.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK;
    const descriptor = quick?.open(path) ?? (await translated(path, () => openFile(path, flags)));
    const file = new RegularFile(path, descriptor, quick);
    if (file.status.isFile()) return file;
    file.close();
    throw new FileError({ code: "file-not-regular", path });
  }

  /**
   * Returns the path of the opened file with symbolic links resolved. @throws {FileError} where it has none any more
   */
  realPath(): Promise<string> {
    return translated(this.#path, () => {
      try {
        // Linux knows which file the descriptor refers to, even where links have changed since.
        return readlinkSync(`/proc/self/fd/${this.#descriptor}`);
      } catch {
        if (process.platform !== "linux") return this.#resolvedPath();
        throw new FileError({ code: "file-place-unknown", path: this.#path });
      }
    });
  }

  /**
   * Reads octets from `offset` on.
   *
   * @returns the number of octets read
   * @throws {FileError} where they cannot be read
   */
  async read(octets: Buffer, offset: number): Promise<number> {
    if (this.#quick?.read(this.#descriptor, octets, offset) === true) return octets.length;
    this.#reading += 1;
    try {
      const reading = (): Promise<{ bytesRead: number }> =>
        readFile(this.#descriptor, octets, 0, octets.length, offset);
      return (await translated(this.#path, reading)).bytesRead;
    } finally {
      this.#reading -= 1;
      this.#closeWhenIdle();
    }
  }

  /** Returns the current status. */
  statusNow(): Stats {
    return fstatSync(this.#descriptor);
  }

  /** Closes the file once no read is in progress. */
  close(): void {
    this.#closing = true;
    this.#closeWhenIdle();
  }

  #closeWhenIdle(): void {
    // Closing a file that was only read loses no data.
    if (this.#closing && this.#reading === 0) closeSync(this.#descriptor);
  }

  /**
   * Resolves the path on systems other than Linux. Detects links that change meanwhile, unless they change back at
   * once.
   */
  async #resolvedPath(): Promise<string> {
    const resolved = await realpath(this.#path);
    // lstat does not follow the resolved path if it has become a link since.
    const { dev, ino } = await lstat(resolved);
    const same = dev === this.status.dev && ino === this.status.ino;
    if (same && (await realpath(this.#path)) === resolved) return resolved;
    throw new FileError({ code: "file-changed", origin: this.#path, while: "opened" });
  }
}

/** Returns the current status of a file. @throws {FileError} where there is none */
export async function statusOf(path: string, quick: QuickFiles | undefined): Promise<Stats> {
  const descriptor = quick?.open(path);
  if (descriptor === undefined) return translated(path, () => stat(path));
  try {
    return fstatSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const openFile = promisify(open);
const readFile = promisify(read);

/** Runs a file operation. @throws {FileError} that describes its failure */
export async function translated<T>(path: string, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof FileError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new FileError(causeOf(path, code));
  }
}

/** Returns the cause for a path and the system's error code. */
function causeOf(path: string, error: string): FileCause {
  if (["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes(error)) return { code: "file-missing", path };
  const denied = ["EACCES", "EPERM", "ELOOP", "EISDIR", "ENXIO"].includes(error);
  return { code: denied ? "file-forbidden" : "file-unreadable", path, error };
}
