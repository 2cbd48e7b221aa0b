import { constants, type Stats } from "node:fs";
import { open, realpath, type FileHandle } from "node:fs/promises";
import { CHUNK_SIZE } from "./chunk-cache.js";
import type { Content } from "./shared-file.js";
import { FileError, type Validators } from "./source.js";

/** One version of a file of this host. Its descriptor is open only while it is read. */
export class LocalContent implements Content {
  readonly origin: string;
  readonly size: number;
  /** See {@link versionOf}. */
  readonly version: string;
  readonly validators: Validators;
  readonly #path: string;
  readonly #octets: string;
  #handle: Promise<FileHandle> | undefined;

  private constructor(path: string, status: Stats, handle: FileHandle, origin: string, validators: Validators) {
    this.#path = path;
    this.origin = origin;
    this.size = status.size;
    this.version = versionOf(status);
    this.#octets = octetsOf(status);
    this.validators = validators;
    this.#handle = Promise.resolve(handle);
  }

  /**
   * @param known what is known of a file that comes from elsewhere: where from, and which version
   * @throws {FileError} where there is none, or it is no regular file
   */
  static async open(
    path: string,
    known?: { readonly origin: string; readonly validators: Validators },
  ): Promise<LocalContent> {
    const { handle, status } = await openRegular(path);
    const validators = known?.validators ?? { etag: undefined, modified: status.mtimeMs };
    return new LocalContent(path, status, handle, known?.origin ?? path, validators);
  }

  async read(index: number): Promise<Buffer> {
    const handle = await this.#open();
    const offset = index * CHUNK_SIZE;
    const wanted = Math.max(0, Math.min(CHUNK_SIZE, this.size - offset));
    const octets = Buffer.allocUnsafeSlow(wanted);
    const { bytesRead } = await translated(this.#path, () => handle.read(octets, 0, wanted, offset));
    // Asked after the octets were read: what is the same now was the same then.
    const status = await translated(this.#path, () => handle.stat());
    if (bytesRead < wanted || octetsOf(status) !== this.#octets) {
      throw new FileError("unavailable", `${this.#path} changed while it was read`);
    }
    return octets;
  }

  rest(): void {
    const handle = this.#handle;
    this.#handle = undefined;
    // Nothing was written, so that closing can lose nothing.
    handle?.then((opened) => opened.close()).catch(() => undefined);
  }

  /** Opens the file again after a rest. */
  #open(): Promise<FileHandle> {
    this.#handle ??= openRegular(this.#path).then(({ handle }) => handle);
    return this.#handle;
  }
}

async function openRegular(path: string): Promise<{ readonly handle: FileHandle; readonly status: Stats }> {
  // A FIFO would block until somebody writes to it; without waiting it opens, and is then seen for what it is.
  const handle = await translated(path, () => open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  const status = await handle.stat();
  if (status.isFile()) return { handle, status };
  await handle.close();
  throw new FileError("forbidden", `${path} is not a regular file`);
}

/** What is the same as long as nobody touches a file or what names it. */
export function versionOf(status: Stats): string {
  return `${octetsOf(status)} ${status.ctimeMs}`;
}

/** What is the same as long as the octets are; a file that loses its name to another keeps them for who has it open. */
function octetsOf({ dev, ino, size, mtimeMs }: Stats): string {
  return `${dev} ${ino} ${size} ${mtimeMs}`;
}

/** Resolves the symbolic links of a path. @throws {FileError} where it leads nowhere */
export function resolveLinks(path: string): Promise<string> {
  return translated(path, () => realpath(path));
}

/** Runs a file operation. @throws {FileError} that says what went wrong with it */
export async function translated<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    if (["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes(code)) throw new FileError("not-found", `there is no ${path}`);
    if (["EACCES", "EPERM", "ELOOP", "EISDIR", "ENXIO"].includes(code)) {
      throw new FileError("forbidden", `${path} cannot be read (${code})`);
    }
    throw new FileError("unavailable", `${path} cannot be read (${code})`);
  }
}
