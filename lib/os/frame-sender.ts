import { encodeUdpPacket, type UdpPacket } from "./frame.js";
import type { Mac } from "../net/mac.js";
import { openPacketSocket, type PacketCalls } from "./packet-socket.js";

/** A datagram for a machine that does not answer ARP (yet), with its hardware address. */
export interface Frame extends UdpPacket {
  readonly mac: Mac;
}

/** A sender of datagrams that bypasses ARP: the seam between the protocols and the link. */
export interface FrameSender {
  send(frame: Frame): void;
  close(): void;
}

/**
 * Opens a sender of frames on an interface.
 *
 * @param onError called with the error where the system refuses a frame; the frame is lost
 * @throws the system's error, as {@link openPacketSocket} does
 */
export function openFrameSender(
  libc: PacketCalls,
  interfaceName: string,
  onError: (error: Error) => void,
): FrameSender {
  const socket = openPacketSocket(libc, interfaceName, onError);
  return {
    send: ({ mac, ...packet }) => {
      socket.send(encodeUdpPacket(packet), mac);
    },
    close: () => {
      socket.close();
    },
  };
}
