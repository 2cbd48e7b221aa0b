import { counted } from "./counted.js";

/** Octets that are not what their protocol says they should be. Its fate is to be dropped and counted. */
export class DecodeError extends Error {
  /**
   * @param reason what is wrong, for a person
   * @param offset of the octet where it was noticed, from the start of what was being read
   */
  constructor(reason: string, offset: number) {
    super(`${reason} at octet ${offset}`);
    this.name = "DecodeError";
  }
}

/** Reads big-endian fields in order and never past the end. Every read throws a {@link DecodeError} that names the field. */
export class ByteReader {
  readonly #data: Buffer;
  #offset = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#data.length - this.#offset;
  }

  uint8(field: string): number {
    return this.#data.readUInt8(this.#advance(1, field));
  }

  uint16(field: string): number {
    return this.#data.readUInt16BE(this.#advance(2, field));
  }

  uint32(field: string): number {
    return this.#data.readUInt32BE(this.#advance(4, field));
  }

  /** A view of the next `length` octets; it shares memory with the data. */
  bytes(length: number, field: string): Buffer {
    const start = this.#advance(length, field);
    return this.#data.subarray(start, start + length);
  }

  /** A view of the octets up to the next NUL, which is read too and left out. */
  zeroTerminated(field: string): Buffer {
    const end = this.#data.indexOf(0, this.#offset);
    if (end < 0) throw new DecodeError(`${field} has no terminating NUL`, this.#offset);
    const value = this.#data.subarray(this.#offset, end);
    this.#offset = end + 1;
    return value;
  }

  #advance(length: number, field: string): number {
    const start = this.#offset;
    if (start + length > this.#data.length) {
      throw new DecodeError(
        `${field} needs ${counted(length, "octet")} where ${this.remaining} ${this.remaining === 1 ? "is" : "are"} left`,
        start,
      );
    }
    this.#offset = start + length;
    return start;
  }
}
