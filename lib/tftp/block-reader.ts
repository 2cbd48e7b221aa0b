import type { OpenFile } from "../files/source.js";
import type { Mode } from "./packet.js";

const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;

/** Cuts a file into the blocks of a transfer. */
export class BlockReader {
  readonly #file: OpenFile;
  readonly #mode: Mode;
  readonly #blockSize: number;
  #held: Buffer = Buffer.alloc(0);
  /** How much of what is held was taken. */
  #taken = 0;
  #offset = 0;
  #atEnd = false;
  #coming: Promise<Buffer> | undefined;

  constructor(file: OpenFile, mode: Mode, blockSize: number) {
    this.#file = file;
    this.#mode = mode;
    this.#blockSize = blockSize;
  }

  /**
   * The next block, where it is at hand: of the block size, or shorter (also empty) for the last (RFC 1350 6).
   *
   * @returns undefined where {@link fill} has to be awaited first
   * @throws {FileError} where reading fails
   */
  take(): Buffer | undefined {
    while (this.#held.length - this.#taken < this.#blockSize && !this.#atEnd) {
      const chunk = this.#file.chunkAt(this.#offset);
      if (chunk instanceof Promise) {
        this.#coming = chunk;
        return undefined;
      }
      this.#append(chunk);
    }
    const block = this.#held.subarray(this.#taken, this.#taken + this.#blockSize);
    this.#taken += block.length;
    return block;
  }

  /** Waits for what {@link take} asked of the file. @throws {FileError} where that fails */
  async fill(): Promise<void> {
    const chunk = await this.#coming;
    this.#coming = undefined;
    if (chunk !== undefined) this.#append(chunk);
  }

  #append(chunk: Buffer): void {
    this.#offset += chunk.length;
    this.#atEnd = chunk.length === 0 || this.#offset === this.#file.size;
    const encoded = this.#mode === "netascii" ? encodeNetascii(chunk) : chunk;
    const rest = this.#held.subarray(this.#taken);
    this.#held = rest.length === 0 ? encoded : Buffer.concat([rest, encoded]);
    this.#taken = 0;
  }
}

/** RFC 764: a line ends with CR LF, and a CR that ends none is followed by a NUL. */
export function encodeNetascii(octets: Buffer): Buffer {
  const encoded = Buffer.allocUnsafe(octets.length * 2);
  let length = 0;
  for (const octet of octets) {
    if (octet === LINE_FEED) encoded[length++] = CARRIAGE_RETURN;
    encoded[length++] = octet;
    if (octet === CARRIAGE_RETURN) encoded[length++] = 0;
  }
  return encoded.subarray(0, length);
}
