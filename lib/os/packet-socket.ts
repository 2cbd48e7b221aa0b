import { constants } from "node:os";
import { systemError } from "../common/error.js";
import type { Libc } from "./libc.js";
import { makeLinkAddress, openPacketDescriptor, pointLinkAddress } from "./link-address.js";
import { macToBytes, type Mac } from "../net/mac.js";

/** A socket that sends IPv4 packets to a machine by its hardware address (packet(7)). */
export interface PacketSocket {
  /**
   * Sends a packet at once, in a frame to a hardware address of six octets. A refusal by the system is reported to the
   * `onError` of {@link openPacketSocket}; the packet is lost, and the socket stays usable.
   */
  send(packet: Buffer, mac: Mac): void;
  close(): void;
}

/** The calls of the C library that a packet socket uses. */
export type PacketCalls = Pick<Libc, "socket" | "sendto" | "close" | "if_nametoindex" | "errno">;

const ETH_P_IP = 0x0800;

const { EINTR, ENODEV, ENXIO } = constants.errno;

/**
 * Opens a socket that sends frames out of an interface and receives nothing. The kernel writes the Ethernet headers.
 *
 * @throws the system's error; `code` says which: EPERM without the privilege (CAP_NET_RAW), ENODEV where there is no
 *   such interface
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
  /** The index of the interface when it was last looked up; 0 where it has to be looked up. */
  #index = 0;
  #closed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  send(packet: Buffer, mac: Mac): void {
    if (this.#closed) return;
    const { interfaceName, onError } = this.#parts;
    const known = this.#index;
    let code = this.#sendTo(packet, mac);
    // A recreated interface has another index under the same name.
    if (known !== 0 && (code === ENXIO || code === ENODEV)) {
      this.#index = 0;
      code = this.#sendTo(packet, mac);
    }
    if (code === 0) return;
    const call = this.#index === 0 ? `if_nametoindex ${interfaceName}` : `sendto ${mac} on ${interfaceName}`;
    onError(systemError(code, call));
  }

  /** @returns 0, or the error number where the system refused */
  #sendTo(packet: Buffer, mac: Mac): number {
    const { libc, descriptor, interfaceName } = this.#parts;
    if (this.#index === 0) this.#index = libc.if_nametoindex(interfaceName);
    if (this.#index === 0) return libc.errno();
    pointLinkAddress(this.#name, this.#index, macToBytes(mac));
    for (;;) {
      if (libc.sendto(descriptor, packet, packet.length, 0, this.#name, this.#name.length) >= 0) return 0;
      const code = libc.errno();
      if (code !== EINTR) return code;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#parts.libc.close(this.#parts.descriptor);
  }
}
