import type { FrameSender } from "../os/frame-sender.js";
import { UNSPECIFIED } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import type { Datagram, Endpoint, UdpHandlers, UdpNetwork, UdpRequest, UdpSocket } from "../os/udp.js";

/** A packet from a server. */
export interface Sent {
  readonly payload: Buffer;
  readonly to: Endpoint;
  /** The destination MAC address of a packet that is sent as a frame. */
  readonly mac: Mac | undefined;
}

/** An in-memory network with one server; nothing leaves this process. */
export class MemoryNetwork implements UdpNetwork {
  /** Sends frames on this network. */
  readonly frames: FrameSender = {
    send: ({ destination, payload, mac }) => {
      this.#onSent({ payload: Buffer.from(payload), to: destination, mac });
    },
    close: () => undefined,
  };
  readonly #onSent: (sent: Sent) => void;
  readonly #sockets = new Set<MemorySocket>();

  /** @param onSent called at once with each packet that is sent */
  constructor(onSent: (sent: Sent) => void) {
    this.#onSent = onSent;
  }

  open(request: UdpRequest, handlers: UdpHandlers): Promise<UdpSocket> {
    const socket = new MemorySocket(request, handlers, {
      send: ({ payload, start, end, peer }) => {
        this.#onSent({ payload: Buffer.from(payload.subarray(start, end)), to: peer, mac: undefined });
      },
      close: (closed) => {
        this.#sockets.delete(closed);
      },
    });
    this.#sockets.add(socket);
    return Promise.resolve(socket);
  }

  /**
   * Delivers a datagram that arrives on an interface. Sockets that are bound to no address receive broadcasts.
   *
   * @returns whether a socket listens there
   */
  deliver({ payload, peer }: Datagram, to: Endpoint, interfaceName: string): boolean {
    const listening = [...this.#sockets].filter(
      ({ local, request }) =>
        local.port === to.port && (request.interfaceName === undefined || request.interfaceName === interfaceName),
    );
    const socket =
      listening.find(({ local }) => local.address === to.address) ??
      listening.find(({ local }) => local.address === UNSPECIFIED);
    socket?.receive({ payload, peer });
    return socket !== undefined;
  }
}

interface Wire {
  readonly send: (datagram: Datagram) => void;
  readonly close: (socket: MemorySocket) => void;
}

class MemorySocket implements UdpSocket {
  readonly local: Endpoint;
  readonly request: UdpRequest;
  readonly #handlers: UdpHandlers;
  readonly #wire: Wire;

  constructor(request: UdpRequest, handlers: UdpHandlers, wire: Wire) {
    this.local = { address: request.address, port: request.port };
    this.request = request;
    this.#handlers = handlers;
    this.#wire = wire;
  }

  send(batch: readonly Datagram[]): void {
    for (const datagram of batch) this.#wire.send(datagram);
  }

  receive(datagram: Datagram): void {
    this.#handlers.onDatagrams([datagram], this);
  }

  close(): void {
    this.#wire.close(this);
  }
}
