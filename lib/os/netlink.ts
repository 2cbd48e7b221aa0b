import { systemError } from "../common/error.js";
import type { Libc } from "./libc.js";

/** The calls of the C library that reading a list takes. */
export type NetlinkCalls = Pick<Libc, "socket" | "sendto" | "recv" | "close" | "errno">;

/** One entry of a list: its fixed part, then its attributes by number. */
export interface NetlinkEntry {
  readonly head: Buffer;
  readonly attributes: ReadonlyMap<number, Buffer>;
}

/** A list that the kernel keeps: its request type, and the length of each answer's fixed part (rtnetlink(7)). */
interface List {
  readonly request: number;
  readonly headLength: number;
}

/** Addresses: struct ifaddrmsg. */
export const ADDRESSES: List = { request: 22, headLength: 8 };
/** Interfaces: struct ifinfomsg. */
export const LINKS: List = { request: 18, headLength: 16 };

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
/** NLM_F_REQUEST and NLM_F_DUMP (netlink(7)). */
const WHOLE_LIST = 0x301;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
/** struct nlmsghdr. */
const HEADER = 16;
/** struct sockaddr_nl. */
const SOCKET_ADDRESS = 12;
/** The size of the buffer, in octets: the kernel sends no more than this at once. */
const MEMORY = 64 * 1024;
/** More reads than the list of any host takes; bounds the loop. */
const MOST_READS = 4096;

/**
 * Reads a whole list from the kernel, for one address family where that matters.
 *
 * @param family such as 2 for IPv4; 0 for any
 * @throws the system's error
 */
export function readList(libc: NetlinkCalls, list: List, family: number): readonly NetlinkEntry[] {
  const descriptor = libc.socket(AF_NETLINK, SOCK_RAW_CLOEXEC, 0);
  if (descriptor < 0) throw systemError(libc.errno(), "socket AF_NETLINK");
  try {
    const request = encodeRequest(list, family);
    const kernel = Buffer.alloc(SOCKET_ADDRESS);
    kernel.writeUInt16LE(AF_NETLINK, 0);
    if (libc.sendto(descriptor, request, request.length, 0, kernel, kernel.length) < 0) {
      throw systemError(libc.errno(), "sendto AF_NETLINK");
    }
    const entries: NetlinkEntry[] = [];
    for (let reads = 0; reads < MOST_READS; reads++) {
      const memory = Buffer.alloc(MEMORY);
      const length = libc.recv(descriptor, memory, memory.length, 0);
      if (length < 0) throw systemError(libc.errno(), "recv AF_NETLINK");
      if (!decodeAnswers(memory.subarray(0, length), list, entries)) break;
    }
    return entries;
  } finally {
    libc.close(descriptor);
  }
}

function encodeRequest({ request, headLength }: List, family: number): Buffer {
  const packet = Buffer.alloc(HEADER + headLength);
  packet.writeUInt32LE(packet.length, 0);
  packet.writeUInt16LE(request, 4);
  packet.writeUInt16LE(WHOLE_LIST, 6);
  packet.writeUInt8(family, HEADER);
  return packet;
}

/** Decodes the answers in a packet into `entries`. @returns whether more is to come */
function decodeAnswers(packet: Buffer, { headLength }: List, entries: NetlinkEntry[]): boolean {
  for (const { type, body } of messagesIn(packet)) {
    if (type === NLMSG_DONE) return false;
    if (type === NLMSG_ERROR) throw systemError(-body.readInt32LE(0), "AF_NETLINK");
    entries.push({ head: body.subarray(0, headLength), attributes: attributesIn(body.subarray(headLength)) });
  }
  return packet.length > 0;
}

function* messagesIn(packet: Buffer): Generator<{ readonly type: number; readonly body: Buffer }> {
  for (let at = 0; at + HEADER <= packet.length;) {
    const length = packet.readUInt32LE(at);
    if (length < HEADER) return;
    yield { type: packet.readUInt16LE(at + 4), body: packet.subarray(at + HEADER, at + length) };
    at += aligned(length);
  }
}

/** Decodes attributes (struct rtattr: length, type, value). */
function attributesIn(octets: Buffer): ReadonlyMap<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= octets.length;) {
    const length = octets.readUInt16LE(at);
    if (length < 4) break;
    attributes.set(octets.readUInt16LE(at + 2), octets.subarray(at + 4, at + length));
    at += aligned(length);
  }
  return attributes;
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
