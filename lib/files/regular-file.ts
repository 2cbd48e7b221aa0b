import { closeSync, constants, fstatSync, open, read, readlinkSync, type Stats } from "node:fs";
import { lstat, realpath, stat } from "node:fs/promises";
import { promisify } from "node:util";
import type { QuickFiles } from "./quick-files.js";
import { FileError } from "./source.js";

/**
 * A regular file of this host that is open. What may have to wait for a disk or another host is done by Node's threads;
 * what the system knows of an open file is asked for at once, since each turn through the threads costs more than that.
 */
export class RegularFile {
  /** How it was when it was opened. */
  readonly status: Stats;
  readonly #path: string;
  readonly #descriptor: number;
  readonly #quick: QuickFiles | undefined;
  /** How many reads are under way: the descriptor's number is another file's as soon as it is closed. */
  #reading = 0;
  #closing = false;

  private constructor(path: string, descriptor: number, quick: QuickFiles | undefined) {
    this.#path = path;
    this.#descriptor = descriptor;
    this.#quick = quick;
    this.status = fstatSync(descriptor);
  }

  /**
   * @param quick what is tried before Node's threads
   * @throws {FileError} where there is none, or it is no regular file
   */
  static async open(path: string, quick: QuickFiles | undefined): Promise<RegularFile> {
    // A FIFO would block until somebody writes to it; without waiting it opens, and is then seen for what it is.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK;
    const descriptor = quick?.open(path) ?? (await translated(path, () => openFile(path, flags)));
    const file = new RegularFile(path, descriptor, quick);
    if (file.status.isFile()) return file;
    file.close();
    throw new FileError("forbidden", `${path} is not a regular file`);
  }

  /** The path, without symbolic links, of what was opened. @throws {FileError} where it has none any more */
  realPath(): Promise<string> {
    return translated(this.#path, () => {
      try {
        // Linux knows what it has opened, also where the links have changed meanwhile.
        return readlinkSync(`/proc/self/fd/${this.#descriptor}`);
      } catch {
        if (process.platform !== "linux") return this.#resolvedPath();
        throw new FileError(
          "unavailable",
          `${this.#path}: without /proc nobody can tell where a file is that was opened`,
        );
      }
    });
  }

  /**
   * Reads octets from `offset` on.
   *
   * @returns how many there were
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

  /** How it is now. */
  statusNow(): Stats {
    return fstatSync(this.#descriptor);
  }

  /** Closes it as soon as nothing is read any more. */
  close(): void {
    this.#closing = true;
    this.#closeWhenIdle();
  }

  #closeWhenIdle(): void {
    // Nothing was written, so that closing can lose nothing.
    if (this.#closing && this.#reading === 0) closeSync(this.#descriptor);
  }

  /** Another system's answer: links that are turned right now are noticed, unless they are turned back as fast. */
  async #resolvedPath(): Promise<string> {
    const resolved = await realpath(this.#path);
    // What has become a link since is one, and not what it leads to.
    const { dev, ino } = await lstat(resolved);
    const same = dev === this.status.dev && ino === this.status.ino;
    if (same && (await realpath(this.#path)) === resolved) return resolved;
    throw new FileError("unavailable", `${this.#path} changed while it was opened`);
  }
}

/** How a file is now. @throws {FileError} where there is none */
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

/** Runs a file operation. @throws {FileError} that says what went wrong with it */
export async function translated<T>(path: string, action: () => T | Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof FileError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    if (["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes(code)) throw new FileError("not-found", `there is no ${path}`);
    if (["EACCES", "EPERM", "ELOOP", "EISDIR", "ENXIO"].includes(code)) {
      throw new FileError("forbidden", `${path} cannot be read (${code})`);
    }
    throw new FileError("unavailable", `${path} cannot be read (${code})`);
  }
}
