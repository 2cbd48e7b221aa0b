import { constants } from "node:os";
import { systemError } from "./error.js";
import type { Libc } from "./libc.js";
import { makeLinkAddress, openPacketDescriptor, pointLinkAddress } from "./link-address.js";
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

const ETH_P_IP = 0x0800;

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
  const descriptor = openPacketDescriptor(libc, interfaceName);
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
  readonly #name = makeLinkAddress(ETH_P_IP);
  #closed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
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
    pointLinkAddress(this.#name, index, macToBytes(mac));
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
