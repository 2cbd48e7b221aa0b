import { constants } from "node:fs";
import { open, realpath, type FileHandle } from "node:fs/promises";
import { join, sep } from "node:path";
import { FileError, type FileSource, type OpenFile } from "./source.js";

/** Serves the files below a folder, and nothing else: what a symbolic link leads out of it is refused. */
export class FolderSource implements FileSource {
  readonly #folder: string;

  /** @param folder an absolute path */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async open(name: string): Promise<OpenFile> {
    const path = join(this.#folder, name);
    const [root, real] = await Promise.all([resolveLinks(this.#folder), resolveLinks(path)]);
    if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) {
      throw new FileError("forbidden", `${path} leads out of ${this.#folder}`);
    }
    return openPath(real);
  }
}

/**
 * Opens one file of this host.
 *
 * @param path absolute, and trusted
 * @throws {FileError} where there is none, or it is no regular file
 */
export async function openPath(path: string): Promise<OpenFile> {
  // A FIFO would block until somebody writes to it; without waiting it opens, and is then seen for what it is.
  const handle = await translated(path, () => open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  const status = await handle.stat();
  if (status.isFile()) return new FolderFile(path, status.size, handle);
  await handle.close();
  throw new FileError("forbidden", `${path} is not a regular file`);
}

class FolderFile implements OpenFile {
  readonly origin: string;
  readonly size: number;
  readonly #handle: FileHandle;
  #closed = false;

  constructor(origin: string, size: number, handle: FileHandle) {
    this.origin = origin;
    this.size = size;
    this.#handle = handle;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    // A file that grows meanwhile must not become longer than the size that was announced.
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    const buffer = Buffer.allocUnsafe(wanted);
    const { bytesRead } = await translated(this.origin, () => this.#handle.read(buffer, 0, wanted, offset));
    if (bytesRead < wanted) throw new FileError("unavailable", `${this.origin} became shorter while it was read`);
    return buffer;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // Nothing was written, so that closing can lose nothing.
    this.#handle.close().catch(() => undefined);
  }
}

function resolveLinks(path: string): Promise<string> {
  return translated(path, () => realpath(path));
}

/** Runs a file operation, and says in our terms what went wrong with it. */
async function translated<T>(path: string, action: () => Promise<T>): Promise<T> {
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
