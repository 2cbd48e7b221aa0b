/** Captures (libpcap files of Ethernet frames): reads the UDP datagrams of one, and writes datagrams for tshark. */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { toIpv4 } from "../../lib/net/ipv4.js";
import { macToBytes, type Mac } from "../../lib/net/mac.js";
import type { Endpoint } from "../../lib/os/udp.js";

/** One UDP datagram on the wire. */
export interface WireDatagram {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly payload: Buffer;
  /** The destination of its frame, where the sender sets one. */
  readonly mac?: Mac | undefined;
  /** Whether routers may cut it into fragments, where the sender says so. */
  readonly mayFragment?: true;
}

/** tests/fixtures/, seen from dist/tests/support/. */
const FIXTURES = new URL("../../../tests/fixtures/", import.meta.url);

const FILE_HEADER_SIZE = 24;
const RECORD_HEADER_SIZE = 16;
const MAGIC = 0xa1b2c3d4;
const ETHERNET = 1;
const ETHERNET_HEADER_SIZE = 14;
const IPV4 = 0x0800;
const IPV4_HEADER_SIZE = 20;
const UDP = 17;
const UDP_HEADER_SIZE = 8;

/** The path of a file below tests/fixtures. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(name, FIXTURES));
}

/** The UDP datagrams of a capture, in order. Throws where the file is none, or a frame holds no UDP over IPv4. */
export function readPcap(path: string): readonly WireDatagram[] {
  const file = readFileSync(path);
  if (file.readUInt32LE(0) !== MAGIC || file.readUInt32LE(20) !== ETHERNET) {
    throw new Error(`${path} is no little-endian capture of Ethernet frames`);
  }
  const datagrams: WireDatagram[] = [];
  for (let offset = FILE_HEADER_SIZE; offset < file.length;) {
    const start = offset + RECORD_HEADER_SIZE;
    const end = start + file.readUInt32LE(offset + 8);
    datagrams.push(readFrame(file.subarray(start, end)));
    offset = end;
  }
  return datagrams;
}

function readFrame(frame: Buffer): WireDatagram {
  const ip = frame.subarray(ETHERNET_HEADER_SIZE);
  if (frame.readUInt16BE(12) !== IPV4 || ip.readUInt8(9) !== UDP) throw new Error("a frame holds no UDP over IPv4");
  const udp = ip.subarray((ip.readUInt8(0) & 15) * 4);
  return {
    from: { address: toIpv4(ip.readUInt32BE(12)), port: udp.readUInt16BE(0) },
    to: { address: toIpv4(ip.readUInt32BE(16)), port: udp.readUInt16BE(2) },
    payload: udp.subarray(UDP_HEADER_SIZE, udp.readUInt16BE(4)),
  };
}

/** Writes datagrams as a capture, a millisecond between them; checksums are left at zero, which UDP allows. */
export function writePcap(path: string, datagrams: readonly WireDatagram[]): void {
  writeFrames(path, datagrams.map(frameOf));
}

/** Writes the packets of IPv4 as a capture, each octet as it is. */
export function writePackets(path: string, packets: readonly Buffer[]): void {
  const ethernet = Buffer.alloc(ETHERNET_HEADER_SIZE);
  ethernet.writeUInt16BE(IPV4, 12);
  writeFrames(
    path,
    packets.map((packet) => Buffer.concat([ethernet, packet])),
  );
}

function writeFrames(path: string, frames: readonly Buffer[]): void {
  const header = Buffer.alloc(FILE_HEADER_SIZE);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(ETHERNET, 20);
  writeFileSync(path, Buffer.concat([header, ...frames.flatMap(recordOf)]));
}

function recordOf(frame: Buffer, index: number): Buffer[] {
  const header = Buffer.alloc(RECORD_HEADER_SIZE);
  header.writeUInt32LE(Math.floor(index / 1000), 0);
  header.writeUInt32LE((index % 1000) * 1000, 4);
  header.writeUInt32LE(frame.length, 8);
  header.writeUInt32LE(frame.length, 12);
  return [header, frame];
}

function frameOf({ from, to, payload, mac }: WireDatagram): Buffer {
  const headers = Buffer.alloc(ETHERNET_HEADER_SIZE + IPV4_HEADER_SIZE + UDP_HEADER_SIZE);
  if (mac !== undefined) headers.set(macToBytes(mac), 0);
  headers.writeUInt16BE(IPV4, 12);
  const ip = headers.subarray(ETHERNET_HEADER_SIZE);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt16BE(IPV4_HEADER_SIZE + UDP_HEADER_SIZE + payload.length, 2);
  ip.writeUInt8(64, 8);
  ip.writeUInt8(UDP, 9);
  ip.writeUInt32BE(from.address, 12);
  ip.writeUInt32BE(to.address, 16);
  const udp = ip.subarray(IPV4_HEADER_SIZE);
  udp.writeUInt16BE(from.port, 0);
  udp.writeUInt16BE(to.port, 2);
  udp.writeUInt16BE(UDP_HEADER_SIZE + payload.length, 4);
  return Buffer.concat([headers, payload]);
}
