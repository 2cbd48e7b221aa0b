import { systemError } from "../common/error.js";
import type { Libc } from "./libc.js";

// Numbers of Linux's socket interface (packet(7)).
const AF_PACKET = 17;
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;

// struct sockaddr_ll of packet(7).
const SIZE = 20;
const PROTOCOL = 2;
const INTERFACE_INDEX = 4;
const ADDRESS_LENGTH = 11;
const ADDRESS = 12;

/**
 * Opens a packet socket, for an interface that exists. Its protocol is 0: the kernel queues nothing for it until it is
 * bound.
 *
 * @returns the descriptor
 * @throws the system's error; `code` says which: EPERM without the privilege (CAP_NET_RAW), ENODEV where there is no
 *   such interface
 */
export function openPacketDescriptor(
  libc: Pick<Libc, "socket" | "if_nametoindex" | "errno">,
  interfaceName: string,
): number {
  if (libc.if_nametoindex(interfaceName) === 0) throw systemError(libc.errno(), `if_nametoindex ${interfaceName}`);
  const descriptor = libc.socket(AF_PACKET, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
  if (descriptor < 0) throw systemError(libc.errno(), "socket AF_PACKET");
  return descriptor;
}

/** Allocates the link-layer address of a station (struct sockaddr_ll) for packets of a protocol (an EtherType). */
export function makeLinkAddress(protocol: number): Buffer {
  const address = Buffer.alloc(SIZE);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(protocol, PROTOCOL);
  return address;
}

/** Sets the interface, by its index, and the hardware address in a link-layer address. */
export function pointLinkAddress(address: Buffer, index: number, octets: Uint8Array): void {
  address.writeInt32LE(index, INTERFACE_INDEX);
  address.writeUInt8(octets.length, ADDRESS_LENGTH);
  address.set(octets, ADDRESS);
}
