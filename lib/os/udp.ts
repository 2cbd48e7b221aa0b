import { createSocket, type Socket } from "node:dgram";
import { formatIpv4, parseIpv4, type Ipv4 } from "../net/ipv4.js";

/** An IPv4 address and a UDP port. */
export interface Endpoint {
  readonly address: Ipv4;
  readonly port: number;
}

/** The contents of a datagram. */
export interface Packet {
  /**
   * Four octets to send before the payload, as a big-endian number: a header that is added without copying the payload.
   */
  readonly prefix?: number;
  readonly payload: Buffer;
  /** The part of the payload to send: from `start` up to `end`, by default all of it. */
  readonly start?: number;
  readonly end?: number;
  /** Whether routers may fragment the packet, if the system has that option; by default they report a long one. */
  readonly mayFragment?: boolean;
}

/** A datagram that was received or is to be sent. */
export interface Datagram extends Packet {
  /** The source or the destination. */
  readonly peer: Endpoint;
}

/** Callbacks of a socket. */
export interface UdpHandlers {
  /**
   * Takes what was waiting on the socket: at least one datagram. The payloads are valid only until the handler returns.
   */
  onDatagrams(batch: readonly Datagram[], socket: UdpSocket): void;
  /** Reports that the system refused to send, or an error of the socket. The socket stays usable. */
  onError(error: Error): void;
}

/** An open UDP socket. */
export interface UdpSocket {
  readonly local: Endpoint;
  /**
   * Hands datagrams to the system in order, before the event loop goes on; until then the payloads may not change. A
   * datagram that the system refuses is reported to `onError`, and lost.
   */
  send(batch: readonly Datagram[]): void;
  close(): void;
}

/** The settings of a socket. */
export interface UdpRequest {
  readonly address: Ipv4;
  /** The port; 0 for any free one. */
  readonly port: number;
  /** Whether to allow sending to 255.255.255.255, and another of our sockets on the same port of another address. */
  readonly broadcast?: boolean;
  /** The size of the receive buffer in octets, including the kernel's overhead per datagram; large by default. */
  readonly receiveBuffer?: number;
  /** The only interface to receive and send through, where the system supports that. */
  readonly interfaceName?: string;
  /** Whether clients ask again as soon as they are answered, so that polling before the process sleeps pays off. */
  readonly lockStep?: boolean;
}

/** A factory of UDP sockets: the seam between the protocols and the system. */
export interface UdpNetwork {
  /** @throws the system's error; `code` says which (EADDRINUSE, EACCES, EADDRNOTAVAIL, ENODEV) */
  open(request: UdpRequest, handlers: UdpHandlers): Promise<UdpSocket>;
}

/** A network over `node:dgram`: every batch that arrives has one datagram. */
export const dgramNetwork: UdpNetwork = {
  async open({ address, port, broadcast = false }, handlers) {
    const socket = createSocket({ type: "udp4", reuseAddr: broadcast, lookup: literally });
    await bind(socket, address, port);
    if (broadcast) socket.setBroadcast(true);
    return new DgramSocket(socket, handlers);
  },
};

class DgramSocket implements UdpSocket {
  readonly local: Endpoint;
  readonly #socket: Socket;
  readonly #onError: (error: Error) => void;
  #closed = false;

  constructor(socket: Socket, handlers: UdpHandlers) {
    const { address, port } = socket.address();
    this.local = { address: requireIpv4(address), port };
    this.#socket = socket;
    this.#onError = (error) => {
      handlers.onError(error);
    };
    socket.on("error", this.#onError);
    socket.on("message", (payload, sender) => {
      const peer = { address: requireIpv4(sender.address), port: sender.port };
      handlers.onDatagrams([{ payload, peer }], this);
    });
  }

  send(batch: readonly Datagram[]): void {
    if (this.#closed) return;
    for (const { prefix, payload, start, end, peer } of batch) {
      const part = payload.subarray(start, end);
      const parts = prefix === undefined ? [part] : [prefixOctets(prefix), part];
      this.#socket.send(parts, peer.port, formatIpv4(peer.address), (error) => {
        if (error !== null) this.#onError(error);
      });
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }
}

function prefixOctets(prefix: number): Buffer {
  const octets = Buffer.allocUnsafe(4);
  octets.writeUInt32BE(prefix);
  return octets;
}

/**
 * Passes addresses through unresolved, since all are numeric. Otherwise `node:dgram` would look each one up like a name
 * and send only after that: later than a call that follows, such as close.
 */
function literally(
  address: string,
  _options: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  callback(null, address, 4);
}

function bind(socket: Socket, address: Ipv4, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      socket.close();
      reject(error);
    };
    socket.once("error", fail);
    socket.bind({ address: formatIpv4(address), port, exclusive: true }, () => {
      socket.off("error", fail);
      resolve();
    });
  });
}

/** Parses an address that the system gave for a udp4 socket, which is always a dotted quad. */
export function requireIpv4(text: string): Ipv4 {
  const address = parseIpv4(text);
  if (address === undefined) throw new Error(`the system gave ${text} as an IPv4 address`);
  return address;
}
