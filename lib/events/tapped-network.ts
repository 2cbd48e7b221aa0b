import type { FrameSender } from "../os/frame-sender.js";
import type { Datagram, Packet, UdpHandlers, UdpNetwork, UdpRequest, UdpSocket } from "../os/udp.js";
import type { PacketTap, TappedPacket } from "./packet-tap.js";

/** Decides whether to show a packet; called only while somebody listens, with each packet in order. */
export type TapFilter = (direction: TappedPacket["direction"], datagram: Datagram) => boolean;

/** A network that shows what its sockets receive and send to a {@link PacketTap}. */
export class TappedNetwork implements UdpNetwork {
  readonly #network: UdpNetwork;
  readonly #tap: PacketTap;
  readonly #protocol: TappedPacket["protocol"];
  readonly #wants: TapFilter;

  constructor(network: UdpNetwork, tap: PacketTap, protocol: TappedPacket["protocol"], wants: TapFilter = () => true) {
    this.#network = network;
    this.#tap = tap;
    this.#protocol = protocol;
    this.#wants = wants;
  }

  async open(request: UdpRequest, handlers: UdpHandlers): Promise<UdpSocket> {
    const tap = this.#tap;
    const tapped: { socket?: UdpSocket } = {};
    const socket = await this.#network.open(request, {
      onError: (error) => {
        handlers.onError(error);
      },
      onDatagrams: (batch, inner) => {
        const outer = tapped.socket ?? inner;
        if (tap.listening) this.#show("in", batch, outer);
        handlers.onDatagrams(batch, outer);
      },
    });
    tapped.socket = {
      local: socket.local,
      send: (batch) => {
        if (tap.listening) this.#show("out", batch, socket);
        socket.send(batch);
      },
      close: () => {
        socket.close();
      },
    };
    return tapped.socket;
  }

  /** Shows what a sender of frames sends. */
  frames(sender: FrameSender): FrameSender {
    return {
      send: (frame) => {
        const { source: local, destination: peer, payload } = frame;
        if (this.#tap.listening) this.#show("out", [{ payload, peer }], { local });
        sender.send(frame);
      },
      close: () => {
        sender.close();
      },
    };
  }

  #show(direction: TappedPacket["direction"], batch: readonly Datagram[], { local }: Pick<UdpSocket, "local">): void {
    const protocol = this.#protocol;
    for (const datagram of batch) {
      if (!this.#wants(direction, datagram)) continue;
      this.#tap.show({ protocol, direction, local, peer: datagram.peer, octets: octetsOf(datagram) });
    }
  }
}

function octetsOf({ prefix, payload, start, end }: Packet): Buffer {
  const part = payload.subarray(start, end);
  if (prefix === undefined) return part;
  const head = Buffer.alloc(4);
  head.writeUInt32BE(prefix >>> 0);
  return Buffer.concat([head, part]);
}
