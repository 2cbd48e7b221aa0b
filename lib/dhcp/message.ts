import { ByteReader, DecodeError } from "../common/byte-reader.js";
import { toIpv4, type Ipv4 } from "../net/ipv4.js";
import { decodeOptions, sizeOfOptions, writeOptions, type Options } from "../options/codec.js";
import { Code } from "../options/codes.js";

/** Values of `op` (RFC 2131 2). */
export const BOOTREQUEST = 1;
export const BOOTREPLY = 2;

/**
 * Bit 15 of `flags`: the client cannot receive unicast yet (RFC 2131 2). The other bits are reserved (RFC 1542 2.2).
 */
export const BROADCAST_FLAG = 0x8000;

/** Values of option 53 (RFC 2132 9.6). */
export const MessageType = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const;

/** The header of RFC 951 and RFC 2131 2. */
export interface Header {
  readonly op: number;
  readonly htype: number;
  readonly hlen: number;
  readonly hops: number;
  readonly xid: number;
  readonly secs: number;
  readonly flags: number;
  readonly ciaddr: Ipv4;
  readonly yiaddr: Ipv4;
  readonly siaddr: Ipv4;
  readonly giaddr: Ipv4;
  /** All 16 octets; `hlen` tells how many are used. */
  readonly chaddr: Buffer;
  /** At most 63 octets, without the terminating NUL. */
  readonly sname: Buffer;
  /** At most 127 octets, without the terminating NUL. */
  readonly file: Buffer;
}

/** A BOOTP or DHCP message. One without option 53 is BOOTP (RFC 1534 2). */
export interface Message extends Header {
  readonly options: Options;
}

const HEADER_SIZE = 236;
const SNAME_SIZE = 64;
const FILE_SIZE = 128;
const COOKIE = 0x63825363;

/** The minimum size of a sent message: some relay agents and boot ROMs drop shorter ones (RFC 951 3, RFC 1542 2.1). */
const LEAST_SIZE = 300;

const EMPTY = Buffer.alloc(0);
const NO_OPTIONS: Options = new Map();

/**
 * Decodes a message; the buffers of the result share memory with `data`.
 *
 * @param data the payload of a datagram
 * @throws {DecodeError} where it is shorter than a header with its cookie, has more than 16 octets of hardware address,
 *   or an option runs past its end
 */
export function decodeMessage(data: Buffer): Message {
  const reader = new ByteReader(data);
  const message = {
    op: reader.uint8("op"),
    htype: reader.uint8("htype"),
    hlen: reader.uint8("hlen"),
    hops: reader.uint8("hops"),
    xid: reader.uint32("xid"),
    secs: reader.uint16("secs"),
    flags: reader.uint16("flags"),
    ciaddr: toIpv4(reader.uint32("ciaddr")),
    yiaddr: toIpv4(reader.uint32("yiaddr")),
    siaddr: toIpv4(reader.uint32("siaddr")),
    giaddr: toIpv4(reader.uint32("giaddr")),
    chaddr: reader.bytes(16, "chaddr"),
    sname: reader.bytes(SNAME_SIZE, "sname"),
    file: reader.bytes(FILE_SIZE, "file"),
    options: NO_OPTIONS,
  };
  const cookie = reader.uint32("cookie");
  if (message.hlen > 16) throw new DecodeError(`hlen ${message.hlen} is more than chaddr holds`, 2);
  const { file, sname } = message;
  if (cookie === COOKIE) {
    message.options = decodeOptions({ options: reader.bytes(reader.remaining, "options"), file, sname });
  }
  message.sname = untilNul(sname);
  message.file = untilNul(file);
  return message;
}

/**
 * Encodes a message, with its options in map order, padded with zeros to at least 300 octets.
 *
 * @returns a new buffer
 * @throws {RangeError} where `sname` or `file` is longer than its field
 */
export function encodeMessage(message: Message): Buffer {
  const { sname, file } = message;
  if (sname.length >= SNAME_SIZE) throw new RangeError(`sname of ${sname.length} octets does not fit`);
  if (file.length >= FILE_SIZE) throw new RangeError(`file of ${file.length} octets does not fit`);
  const size = HEADER_SIZE + 4 + sizeOfOptions(message.options);
  // Allocating from Node's buffer pool is much cheaper than a buffer of its own.
  const data = Buffer.allocUnsafe(Math.max(LEAST_SIZE, size)).fill(0);
  data[0] = message.op;
  data[1] = message.htype;
  data[2] = message.hlen;
  data[3] = message.hops;
  data.writeUInt32BE(message.xid, 4);
  data.writeUInt16BE(message.secs, 8);
  data.writeUInt16BE(message.flags, 10);
  data.writeUInt32BE(message.ciaddr, 12);
  data.writeUInt32BE(message.yiaddr, 16);
  data.writeUInt32BE(message.siaddr, 20);
  data.writeUInt32BE(message.giaddr, 24);
  message.chaddr.copy(data, 28, 0, 16);
  sname.copy(data, 44);
  file.copy(data, 108);
  data.writeUInt32BE(COOKIE, HEADER_SIZE);
  writeOptions(message.options, data, HEADER_SIZE + 4);
  return data;
}

/**
 * Returns the type of a message: the value of option 53.
 *
 * @returns undefined for BOOTP, 0 for an option 53 that is not one octet
 */
export function messageType(message: Message): number | undefined {
  const value = message.options.get(Code.messageType);
  if (value === undefined) return undefined;
  return value.length === 1 ? value.readUInt8(0) : 0;
}

/**
 * Whether an undecoded datagram is a DISCOVER. Looks for option 53 in the options field only, not in `file` or `sname`.
 */
export function isDiscover(data: Buffer): boolean {
  let at = HEADER_SIZE + 4;
  if (data.length < at || data.readUInt32BE(HEADER_SIZE) !== COOKIE) return false;
  while (at + 2 < data.length && data[at] !== Code.end && data[at] !== Code.messageType) {
    at += data[at] === Code.pad ? 1 : 2 + (data[at + 1] ?? 0);
  }
  return data[at] === Code.messageType && data[at + 1] === 1 && data[at + 2] === MessageType.discover;
}

/** Returns the address in a four-octet option; undefined where the option is absent or has another size. */
export function addressOption(message: Message, code: number): Ipv4 | undefined {
  const value = message.options.get(code);
  return value?.length === 4 ? toIpv4(value.readUInt32BE(0)) : undefined;
}

function untilNul(field: Buffer): Buffer {
  if (field[0] === 0) return EMPTY;
  const end = field.indexOf(0);
  return end < 0 ? field : field.subarray(0, end);
}

/** Whether the message is a DHCPRELEASE or a DHCPDECLINE. */
export function givesUpAddress(message: Message): boolean {
  const type = messageType(message);
  return type === MessageType.release || type === MessageType.decline;
}
