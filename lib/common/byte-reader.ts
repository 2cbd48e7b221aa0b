import { counted } from "./counted.js";

/** The error for octets that violate their protocol. The receiver drops and counts such a packet. */
export class DecodeError extends Error {
  /**
   * @param reason what is wrong, in words for the user
   * @param offset the octet where the error was found, from the start of the data
   */
  constructor(reason: string, offset: number) {
    super(`${reason} at octet ${offset}`);
    this.name = "DecodeError";
  }
}

/** A reader of big-endian fields, in order. A read past the end throws a {@link DecodeError} that names the field. */
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

  /** Returns a view of the next `length` octets, which shares memory with the data. */
  bytes(length: number, field: string): Buffer {
    const start = this.#advance(length, field);
    return this.#data.subarray(start, start + length);
  }

  /** Returns a view of the octets up to the next NUL, and skips the NUL. */
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
