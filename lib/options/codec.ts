import { ByteReader, DecodeError } from "../common/byte-reader.js";
import { Code } from "./registry.js";

/** DHCP options by code: the value of each is the concatenation of all its instances (RFC 3396 7). */
export type Options = ReadonlyMap<number, Buffer>;

/** A value without the NULs that some clients put behind a text. A value may have as many octets as a datagram. */
export function withoutPadding(value: Buffer): Buffer {
  let end = value.length;
  while (end > 0 && value[end - 1] === 0) end -= 1;
  return value.subarray(0, end);
}

/** Values of option 52: which header fields hold options too (RFC 2132 9.3). */
const OVERLOAD_FILE = 1;
const OVERLOAD_SNAME = 2;

/**
 * Reads the options of a message.
 *
 * @param fields the options field after the cookie, and the header fields that option 52 may turn into more options
 * @throws {DecodeError} where an option runs past its field
 */
export function decodeOptions(fields: {
  readonly options: Buffer;
  readonly file: Buffer;
  readonly sname: Buffer;
}): Options {
  const instances: Instances = { first: new Map(), repeated: new Map() };
  collect(fields.options, instances);
  const overload = instances.repeated.has(Code.overload) ? undefined : instances.first.get(Code.overload);
  const value = overload?.length === 1 ? (overload[0] ?? 0) : 0;
  // RFC 3396 5 sets this order; a further option 52 inside these fields is not followed.
  if (value <= 3 && (value & OVERLOAD_FILE) !== 0) collect(fields.file, instances);
  if (value <= 3 && (value & OVERLOAD_SNAME) !== 0) collect(fields.sname, instances);
  for (const [code, parts] of instances.repeated) instances.first.set(code, Buffer.concat(parts));
  return instances.first;
}

/** The first instance of each option, and all of those that have several. */
interface Instances {
  readonly first: Map<number, Buffer>;
  readonly repeated: Map<number, Buffer[]>;
}

/** What one length octet can count. */
const LONGEST_INSTANCE = 255;

/**
 * Writes options one after another, then the end option. What one instance does not hold goes on in further ones
 * (RFC 3396 6).
 *
 * Firmware made from EDK2 writes a NUL after the boot file name in place, over the code of the next option; a pad
 * octet there takes the blow (conformance B16).
 */
export function encodeOptions(options: Options): Buffer {
  const data = Buffer.alloc(sizeOfOptions(options));
  writeOptions(options, data, 0);
  return data;
}

/** Writes what {@link encodeOptions} makes of options into `data`, which has room for {@link sizeOfOptions} octets. */
export function writeOptions(options: Options, data: Buffer, start: number): void {
  let offset = start;
  for (const [code, value] of options) {
    let written = 0;
    do {
      const length = Math.min(LONGEST_INSTANCE, value.length - written);
      data[offset] = code;
      data[offset + 1] = length;
      value.copy(data, offset + 2, written, written + length);
      offset += 2 + length;
      written += length;
    } while (written < value.length);
    if (code === Code.bootFileName) data[offset++] = Code.pad;
  }
  data[offset] = Code.end;
}

/** How many octets options take, with the end option. */
export function sizeOfOptions(options: Options): number {
  let size = 1;
  for (const [code, value] of options) size += sizeOfOption(code, value);
  return size;
}

/** How many octets {@link encodeOptions} makes of an option. */
export function sizeOfOption(code: number, value: Buffer): number {
  const instances = Math.max(1, Math.ceil(value.length / LONGEST_INSTANCE));
  return value.length + 2 * instances + (code === Code.bootFileName ? 1 : 0);
}

function collect(field: Buffer, { first, repeated }: Instances): void {
  const reader = new ByteReader(field);
  while (reader.remaining > 0) {
    const code = reader.uint8("option code");
    if (code === Code.pad) continue;
    if (code === Code.end) return;
    if (reader.remaining === 0) throw new DecodeError(`option ${code} has no length`, reader.offset);
    const value = reader.bytes(reader.uint8("option length"), `option ${code}`);
    const [former, parts] = [first.get(code), repeated.get(code)];
    if (former === undefined) first.set(code, value);
    else if (parts === undefined) repeated.set(code, [former, value]);
    else parts.push(value);
  }
}
