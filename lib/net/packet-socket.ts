import { constants } from "node:os";
import { systemError } from "./error.js";
import type { Libc } from "./libc.js";
import { macToBytes, type Mac } from "./mac.js";

/** A socket that hands IPv4 packets to a machine by its hardware address (packet(7)). */
export interface PacketSocket {
  /**
   * Sends a packet, at once, in a frame to a hardware address of six octets. What the system refuses is told to the
   * `onError` of {@link openPacketSocket}, and lost; the socket stays usable.
   */
  send(packet: Buffer, mac: Mac): void;
  close(): void;
}

/** The calls that a packet socket is made of. */
export type PacketCalls = Pick<Libc, "socket" | "sendto" | "close" | "if_nametoindex" | "errno">;

// Numbers of Linux's socket interface (packet(7), linux/if_ether.h).
const AF_PACKET = 17;
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;
const ETH_P_IP = 0x0800;

// struct sockaddr_ll of packet(7).
const SOCKADDR_SIZE = 20;
const PROTOCOL = 2;
const INTERFACE_INDEX = 4;
const ADDRESS_LENGTH = 11;
const ADDRESS = 12;

const { EINTR } = constants.errno;

/**
 * Opens a socket that sends frames out of an interface. The kernel writes their Ethernet header. Nothing is received.
 *
 * @throws the system's error, whose `code` tells: EPERM without the privilege (CAP_NET_RAW), ENODEV where there is no
 * such interface
 */
export function openPacketSocket(
  libc: PacketCalls,
  interfaceName: string,
  onError: (error: Error) => void,
): PacketSocket {
  if (libc.if_nametoindex(interfaceName) === 0) throw systemError(libc.errno(), `if_nametoindex ${interfaceName}`);
  // Protocol 0: the kernel queues nothing for us, neither for others to wait behind nor for us to throw away.
  const descriptor = libc.socket(AF_PACKET, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
  if (descriptor < 0) throw systemError(libc.errno(), "socket AF_PACKET");
  return new LinuxPacketSocket({ libc, descriptor, interfaceName, onError });
}

interface Parts {
  readonly libc: PacketCalls;
  readonly descriptor: number;
  readonly interfaceName: string;
  readonly onError: (error: Error) => void;
}

class LinuxPacketSocket implements PacketSocket {
  readonly #parts: Parts;
  readonly #name = Buffer.alloc(SOCKADDR_SIZE);
  #closed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#name.writeUInt16LE(AF_PACKET, 0);
    this.#name.writeUInt16BE(ETH_P_IP, PROTOCOL);
  }

  send(packet: Buffer, mac: Mac): void {
    if (this.#closed) return;
    const { libc, descriptor, interfaceName, onError } = this.#parts;
    // Asked each time: an interface that went and came back under its name has another index.
    const index = libc.if_nametoindex(interfaceName);
    if (index === 0) {
      onError(systemError(libc.errno(), `if_nametoindex ${interfaceName}`));
      return;
    }
    const octets = macToBytes(mac);
    this.#name.writeInt32LE(index, INTERFACE_INDEX);
    this.#name.writeUInt8(octets.length, ADDRESS_LENGTH);
    this.#name.set(octets, ADDRESS);
    for (;;) {
      if (libc.sendto(descriptor, packet, packet.length, 0, this.#name, this.#name.length) >= 0) return;
      const code = libc.errno();
      if (code === EINTR) continue;
      onError(systemError(code, `sendto ${mac} on ${interfaceName}`));
      return;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#parts.libc.close(this.#parts.descriptor);
  }
}
