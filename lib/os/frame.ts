import type { Endpoint } from "./udp.js";

/** A UDP datagram to be encoded without the system's help. */
export interface UdpPacket {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly payload: Buffer;
  /**
   * The identification of the IPv4 packet; 0 by default: a packet that is never fragmented needs none (RFC 6864 4.1).
   */
  readonly identification?: number;
}

const IPV4_HEADER_SIZE = 20;
const UDP_HEADER_SIZE = 8;
/** Version 4, a header of five words. */
const VERSION_AND_LENGTH = 0x45;
const DONT_FRAGMENT = 0x4000;
/** The recommended time to live (RFC 1700). */
const TIME_TO_LIVE = 64;
const UDP = 17;

/**
 * Encodes a datagram as an IPv4 packet (RFC 791) with "don't fragment" set and the checksums of both headers (RFC 768).
 *
 * @throws {RangeError} where it is longer than an IPv4 packet can be
 */
export function encodeUdpPacket({ source, destination, payload, identification = 0 }: UdpPacket): Buffer {
  const packet = Buffer.alloc(IPV4_HEADER_SIZE + UDP_HEADER_SIZE + payload.length);
  packet.writeUInt8(VERSION_AND_LENGTH, 0);
  packet.writeUInt16BE(packet.length, 2);
  packet.writeUInt16BE(identification, 4);
  packet.writeUInt16BE(DONT_FRAGMENT, 6);
  packet.writeUInt8(TIME_TO_LIVE, 8);
  packet.writeUInt8(UDP, 9);
  packet.writeUInt32BE(source.address, 12);
  packet.writeUInt32BE(destination.address, 16);
  packet.writeUInt16BE(checksumOf(sumOf(packet.subarray(0, IPV4_HEADER_SIZE))), 10);

  const datagram = packet.subarray(IPV4_HEADER_SIZE);
  datagram.writeUInt16BE(source.port, 0);
  datagram.writeUInt16BE(destination.port, 2);
  datagram.writeUInt16BE(datagram.length, 4);
  datagram.set(payload, UDP_HEADER_SIZE);
  // RFC 768: the checksum also covers a pseudo header: the addresses, the protocol and the length.
  const pseudoHeader = sumOf(packet.subarray(12, IPV4_HEADER_SIZE)) + UDP + datagram.length;
  // RFC 768: 0 on the wire means that there is no checksum; 0xffff is the same number in one's complement.
  datagram.writeUInt16BE(checksumOf(pseudoHeader + sumOf(datagram)) || 0xffff, 6);
  return packet;
}

/** Adds up all 16-bit words; an odd octet at the end counts as if a zero followed. */
function sumOf(octets: Buffer): number {
  let sum = 0;
  const even = octets.length & ~1;
  for (let offset = 0; offset < even; offset += 2) sum += octets.readUInt16BE(offset);
  return even === octets.length ? sum : sum + octets.readUInt8(even) * 256;
}

/** Returns the one's complement of a one's complement sum (RFC 1071 1): adds what exceeds 16 bits to the low end. */
function checksumOf(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return ~folded & 0xffff;
}
