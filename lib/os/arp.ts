import { toIpv4, UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import { macFromBytes, macToBytes, type Mac } from "../net/mac.js";

/** The fields in use of an ARP message for IPv4 over Ethernet (RFC 826). */
export interface ArpMessage {
  readonly senderMac: Mac;
  readonly senderAddress: Ipv4;
}

const SIZE = 28;
const ETHERNET = 1;
const IPV4 = 0x0800;
const REQUEST = 1;

/** Encodes an ARP Probe (RFC 5227 2.1.1): a request for an address, by a host that has none itself. */
export function encodeArpProbe(sender: Mac, target: Ipv4): Buffer {
  const octets = Buffer.alloc(SIZE);
  octets.writeUInt16BE(ETHERNET, 0);
  octets.writeUInt16BE(IPV4, 2);
  octets.writeUInt8(6, 4);
  octets.writeUInt8(4, 5);
  octets.writeUInt16BE(REQUEST, 6);
  octets.set(macToBytes(sender), 8);
  octets.writeUInt32BE(UNSPECIFIED, 14);
  octets.writeUInt32BE(target, 24);
  return octets;
}

/** @returns undefined for anything but an ARP message for IPv4 over Ethernet */
export function decodeArp(octets: Buffer): ArpMessage | undefined {
  if (octets.length < SIZE || octets.readUInt16BE(0) !== ETHERNET || octets.readUInt16BE(2) !== IPV4) return undefined;
  if (octets.readUInt8(4) !== 6 || octets.readUInt8(5) !== 4) return undefined;
  return { senderMac: macFromBytes(octets.subarray(8, 14)), senderAddress: toIpv4(octets.readUInt32BE(14)) };
}
