import { ByteReader, DecodeError } from "../common/byte-reader.js";
import { Code } from "./codes.js";

/** DHCP options by code: each value is the concatenation of all instances (RFC 3396 7). */
export type Options = ReadonlyMap<number, Buffer>;

/** Returns a value without the trailing NULs that some clients add to a text. A value may be as long as a datagram. */
export function withoutPadding(value: Buffer): Buffer {
  let end = value.length;
  while (end > 0 && value[end - 1] === 0) end -= 1;
  return value.subarray(0, end);
}

/** Bits of option 52: the header fields that hold options too (RFC 2132 9.3). */
const OVERLOAD_FILE = 1;
const OVERLOAD_SNAME = 2;

/**
 * Reads the options of a message.
 *
 * @param fields the options field after the cookie, and the header fields that option 52 may declare to hold options
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
  // RFC 3396 5 sets this order; an option 52 inside these fields is ignored.
  if (value <= 3 && (value & OVERLOAD_FILE) !== 0) collect(fields.file, instances);
  if (value <= 3 && (value & OVERLOAD_SNAME) !== 0) collect(fields.sname, instances);
  for (const [code, parts] of instances.repeated) instances.first.set(code, Buffer.concat(parts));
  return instances.first;
}

/** The first instance of each option, and all instances of repeated options. */
interface Instances {
  readonly first: Map<number, Buffer>;
  readonly repeated: Map<number, Buffer[]>;
}

/** Most octets that the length octet of an instance can count. */
const LONGEST_INSTANCE = 255;

/**
 * Writes options in order, then the end option. Splits values that are too long for one instance (RFC 3396 6).
 *
 * Firmware based on EDK2 writes a NUL after the boot file name in place, over the code of the next option; a pad octet
 * there protects that option (conformance B16).
 */
export function encodeOptions(options: Options): Buffer {
  const data = Buffer.alloc(sizeOfOptions(options));
  writeOptions(options, data, 0);
  return data;
}

/** Writes options as {@link encodeOptions} does into `data`, which must have room for {@link sizeOfOptions} octets. */
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

/** Returns the size of encoded options in octets, with the end option. */
export function sizeOfOptions(options: Options): number {
  let size = 1;
  for (const [code, value] of options) size += sizeOfOption(code, value);
  return size;
}

/** Returns the size of an option as {@link encodeOptions} writes it, in octets. */
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
