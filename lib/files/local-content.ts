import type { Stats } from "node:fs";
import { CHUNK_SIZE } from "./chunk-cache.js";
import { RegularFile } from "./regular-file.js";
import type { Content } from "./shared-file.js";
import { FileError, type Validators } from "./source.js";

/** A version of a file of this host. The file is open only while it has readers. */
export class LocalContent implements Content {
  readonly origin: string;
  readonly size: number;
  /** See {@link versionOf}. */
  readonly version: string;
  readonly validators: Validators;
  readonly #path: string;
  readonly #octets: string;
  #file: RegularFile | Promise<RegularFile> | undefined;

  /**
   * @param path the path of the file, to open it again
   * @param file the open file; this object closes it
   * @param known origin and validators of a file that was fetched from elsewhere
   */
  constructor(path: string, file: RegularFile, known?: { readonly origin: string; readonly validators: Validators }) {
    const { status } = file;
    this.#path = path;
    this.#file = file;
    this.#octets = octetsOf(status);
    this.origin = known?.origin ?? path;
    this.size = status.size;
    this.version = versionOf(status);
    this.validators = known?.validators ?? { etag: undefined, modified: status.mtimeMs };
  }

  async read(index: number): Promise<Buffer> {
    this.#file ??= RegularFile.open(this.#path, undefined);
    const file = await this.#file;
    const offset = index * CHUNK_SIZE;
    const octets = Buffer.allocUnsafeSlow(Math.max(0, Math.min(CHUNK_SIZE, this.size - offset)));
    const count = await file.read(octets, offset);
    // Checked after reading: if the status is unchanged now, it was unchanged during the read.
    if (count < octets.length || octetsOf(file.statusNow()) !== this.#octets) {
      throw new FileError({ code: "file-changed", origin: this.#path, while: "read" });
    }
    return octets;
  }

  rest(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file instanceof Promise) {
      file.then(
        (opened) => {
          opened.close();
        },
        () => undefined,
      );
    } else file?.close();
  }
}

/** Returns a string that stays the same until the file, its metadata or its name changes. */
export function versionOf(status: Stats): string {
  return `${octetsOf(status)} ${status.ctimeMs}`;
}

/**
 * Returns a string that stays the same as long as the contents do; an open file keeps them when its name is given to
 * another file.
 */
function octetsOf({ dev, ino, size, mtimeMs }: Stats): string {
  return `${dev} ${ino} ${size} ${mtimeMs}`;
}
