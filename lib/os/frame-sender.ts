import { encodeUdpPacket, type UdpPacket } from "./frame.js";
import type { Mac } from "../net/mac.js";
import { openPacketSocket, type PacketCalls } from "./packet-socket.js";

/** A datagram for a machine that does not answer ARP (yet), with the hardware address to send it to. */
export interface Frame extends UdpPacket {
  readonly mac: Mac;
}

/** Sends datagrams without asking by ARP who has their destination: the seam between the protocols and the link. */
export interface FrameSender {
  send(frame: Frame): void;
  close(): void;
}

/**
 * Opens a way to send frames out of an interface.
 *
 * @param onError what the system refuses to send is told here, and lost
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
