import type { OpenFile } from "../files/source.js";
import type { Mode } from "./packet.js";

const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;

/** A block of a file: the octets of `payload` from `start` to before `end`. */
export interface Block {
  readonly payload: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Splits a file into the blocks of a transfer. */
export class BlockReader {
  readonly #file: OpenFile;
  readonly #mode: Mode;
  readonly #blockSize: number;
  #held: Buffer = Buffer.alloc(0);
  /** Octets of `#held` that were taken. */
  #taken = 0;
  /** A block that spans two chunks: only such blocks are copied. */
  #seam: Buffer | undefined;
  #offset = 0;
  #atEnd = false;
  #coming: Promise<Buffer> | undefined;

  constructor(file: OpenFile, mode: Mode, blockSize: number) {
    this.#file = file;
    this.#mode = mode;
    this.#blockSize = blockSize;
  }

  /**
   * Takes the next block, where it is available: of the block size, or shorter (also empty) for the last one (RFC 1350
   * 6).
   *
   * @returns undefined where {@link fill} has to be awaited first
   * @throws {FileError} where reading fails
   */
  take(): Block | undefined {
    while (this.#seam === undefined && this.#held.length - this.#taken < this.#blockSize && !this.#atEnd) {
      const chunk = this.#file.chunkAt(this.#offset);
      if (chunk instanceof Promise) {
        this.#coming = chunk;
        return undefined;
      }
      this.#append(chunk);
    }
    const seam = this.#seam;
    if (seam !== undefined) {
      this.#seam = undefined;
      return { payload: seam, start: 0, end: seam.length };
    }
    const start = this.#taken;
    this.#taken = Math.min(start + this.#blockSize, this.#held.length);
    return { payload: this.#held, start, end: this.#taken };
  }

  /** Waits for the chunk that {@link take} requested. @throws {FileError} where reading fails */
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
    const missing = this.#blockSize - rest.length;
    if (rest.length === 0 || encoded.length < missing) {
      this.#held = rest.length === 0 ? encoded : Buffer.concat([rest, encoded]);
      this.#taken = 0;
      return;
    }
    this.#seam = Buffer.concat([rest, encoded.subarray(0, missing)]);
    this.#held = encoded;
    this.#taken = missing;
  }
}

/** Encodes octets as netascii (RFC 764): a line ends with CR LF, and any other CR is followed by a NUL. */
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
