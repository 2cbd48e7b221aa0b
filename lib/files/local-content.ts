import type { Stats } from "node:fs";
import { CHUNK_SIZE } from "./chunk-cache.js";
import { RegularFile } from "./regular-file.js";
import type { Content } from "./shared-file.js";
import { FileError, type Validators } from "./source.js";

/** One version of a file of this host. It is open only while it is read. */
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
   * @param path where it is found, to open it again
   * @param file open, and from now on this object's to close
   * @param known what is known of a file that comes from elsewhere: where from, and which version
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
    // Asked after the octets were read: what is the same now was the same then.
    if (count < octets.length || octetsOf(file.statusNow()) !== this.#octets) {
      throw new FileError("unavailable", `${this.#path} changed while it was read`);
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

/** What is the same as long as nobody touches a file or what names it. */
export function versionOf(status: Stats): string {
  return `${octetsOf(status)} ${status.ctimeMs}`;
}

/** What is the same as long as the octets are; a file that loses its name to another keeps them for who has it open. */
function octetsOf({ dev, ino, size, mtimeMs }: Stats): string {
  return `${dev} ${ino} ${size} ${mtimeMs}`;
}
