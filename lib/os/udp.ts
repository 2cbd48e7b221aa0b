import { createSocket, type Socket } from "node:dgram";
import { formatIpv4, parseIpv4, type Ipv4 } from "../net/ipv4.js";

/** An IPv4 address and a UDP port. */
export interface Endpoint {
  readonly address: Ipv4;
  readonly port: number;
}

/** What a datagram to be sent holds. */
export interface Packet {
  /** Four octets to put before the payload, as a big-endian number: a header, without copying what it is the header of. */
  readonly prefix?: number;
  readonly payload: Buffer;
  /** The part of the payload that is sent: from `start` up to `end`, all of it where they are not given. */
  readonly start?: number;
  readonly end?: number;
  /** Routers may cut it into fragments, where the system lets us tell them; unless told, they tell us if it is too long. */
  readonly mayFragment?: boolean;
}

/** One datagram that was received, or is to be sent. */
export interface Datagram extends Packet {
  /** Whom it came from, or whom it goes to. */
  readonly peer: Endpoint;
}

/** What to do with what arrives. */
export interface UdpHandlers {
  /** Takes what was waiting on the socket: at least one datagram. The payloads are the handler's only until it returns. */
  onDatagrams(batch: readonly Datagram[], socket: UdpSocket): void;
  /** The system refused to send, or told of an error of the socket. The socket stays usable. */
  onError(error: Error): void;
}

/** An open UDP socket. */
export interface UdpSocket {
  readonly local: Endpoint;
  /**
   * Hands datagrams to the system in order, before anything else of the program runs that waits for its turn; until then
   * the payloads may not change. What the system refuses is told to `onError`, and lost.
   */
  send(batch: readonly Datagram[]): void;
  close(): void;
}

/** What to open. */
export interface UdpRequest {
  readonly address: Ipv4;
  /** 0: any free one. */
  readonly port: number;
  /** Allow sending to 255.255.255.255, and let another socket of ours have the same port on another address. */
  readonly broadcast?: boolean;
  /** How many octets may wait to be heard, the kernel's own of each datagram counted; much unless told. */
  readonly receiveBuffer?: number;
  /** Hear and send only through this interface, where the system can do that. */
  readonly interfaceName?: string;
  /** Whether clients ask anew as soon as they are answered: it is worth looking for that before the process sleeps. */
  readonly lockStep?: boolean;
}

/** Opens UDP sockets: the seam between the protocols and the system. */
export interface UdpNetwork {
  /** @throws the system's error, whose `code` tells (EADDRINUSE, EACCES, EADDRNOTAVAIL, ENODEV) */
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
 * Every address here is a number already. Without this `node:dgram` would look each one up as if it were a name, and
 * send only after that: later than what was asked next, such as to close the socket.
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

/** The system gives every address of a udp4 socket as a dotted quad. */
export function requireIpv4(text: string): Ipv4 {
  const address = parseIpv4(text);
  if (address === undefined) throw new Error(`the system gave ${text} as an IPv4 address`);
  return address;
}
