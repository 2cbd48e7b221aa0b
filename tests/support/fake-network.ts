import type { FrameSender } from "../../lib/os/frame-sender.js";
import { formatIpv4, LIMITED_BROADCAST, UNSPECIFIED } from "../../lib/net/ipv4.js";
import type { Datagram, Endpoint, UdpHandlers, UdpNetwork, UdpRequest, UdpSocket } from "../../lib/os/udp.js";
import type { WireDatagram } from "./pcap.js";

/** The first of the ports that are given to whom asks for any. */
const FIRST_EPHEMERAL = 49152;

/**
 * A network in memory. It gives sockets out and takes them back by the system's rules (two of the same address and
 * port conflict), remembers what is sent, and hands a socket what a test makes arrive for it.
 */
export class FakeNetwork implements UdpNetwork {
  /** All that was sent, in order. */
  readonly sent: WireDatagram[] = [];
  /** Sends frames; they are remembered as datagrams are. */
  readonly frames: FrameSender = {
    send: ({ source, destination, payload, mac }) => {
      this.leave({ from: source, to: destination, payload: Buffer.from(payload), mac });
    },
    close: () => undefined,
  };
  readonly #sockets = new Set<FakeSocket>();
  #nextPort = FIRST_EPHEMERAL;
  #taken = 0;
  #refusal: Error | undefined;

  /** Rejects with the code EADDRINUSE, as the system does. */
  open(request: UdpRequest, handlers: UdpHandlers): Promise<UdpSocket> {
    const { address, broadcast = false } = request;
    const port = request.port === 0 ? this.#nextPort++ : request.port;
    const rival = [...this.#sockets].find(
      ({ local, request: other }) =>
        local.port === port &&
        isSameLink(request, other) &&
        ((local.address === address && other.interfaceName === request.interfaceName) ||
          ((local.address === UNSPECIFIED || address === UNSPECIFIED) && !(broadcast && other.broadcast === true))),
    );
    if (rival !== undefined) {
      const error = new Error(`bind EADDRINUSE ${formatIpv4(address)}:${port}`);
      return Promise.reject(Object.assign(error, { code: "EADDRINUSE" }));
    }
    const socket = new FakeSocket({ address, port }, request, handlers, this);
    this.#sockets.add(socket);
    return Promise.resolve(socket);
  }

  /** The addresses and ports that are listened on. */
  get listening(): readonly Endpoint[] {
    return [...this.#sockets].map(({ local }) => local);
  }

  /** Returns the datagrams that were sent since the last call. */
  takeSent(): readonly WireDatagram[] {
    const news = this.sent.slice(this.#taken);
    this.#taken = this.sent.length;
    return news;
  }

  /** Makes the system refuse to send, with this error; `undefined` lets it send again. */
  refuseToSend(error: Error | undefined): void {
    this.#refusal = error;
  }

  /** Datagrams arrive, in one batch, at the socket that the system would choose; nowhere where there is none. */
  arrive(to: Endpoint, from: Endpoint, ...payloads: readonly Buffer[]): void {
    this.arriveOn(undefined, to, from, ...payloads);
  }

  /** Does the same as {@link arrive} on one interface: sockets bound to another one do not receive it. */
  arriveOn(interfaceName: string | undefined, to: Endpoint, from: Endpoint, ...payloads: readonly Buffer[]): void {
    this.#socketFor(to, interfaceName)?.receive(payloads.map((payload) => ({ payload, peer: from })));
  }

  /** Called by sockets for each datagram that they send. */
  leave(datagram: WireDatagram): Error | undefined {
    if (this.#refusal !== undefined) return this.#refusal;
    this.sent.push(datagram);
    return undefined;
  }

  /** Called by a socket that is closed. */
  closed(socket: FakeSocket): void {
    this.#sockets.delete(socket);
  }

  /** The most specific one: a broadcast reaches only sockets that are bound to no address. */
  #socketFor({ address, port }: Endpoint, by: string | undefined): FakeSocket | undefined {
    const hears = ({ request: { interfaceName = by } }: FakeSocket): boolean =>
      by === undefined || interfaceName === by;
    const candidates = [...this.#sockets].filter((socket) => socket.local.port === port && hears(socket));
    return (
      candidates.find(({ local }) => local.address === address) ??
      candidates.find(({ local }) => local.address === UNSPECIFIED)
    );
  }
}

/** Whether two sockets hear the same interface: one that is bound to none hears all. */
function isSameLink({ interfaceName: one }: UdpRequest, { interfaceName: other }: UdpRequest): boolean {
  return one === undefined || other === undefined || one === other;
}

class FakeSocket implements UdpSocket {
  readonly local: Endpoint;
  readonly request: UdpRequest;
  readonly #handlers: UdpHandlers;
  readonly #network: FakeNetwork;
  #closed = false;

  constructor(local: Endpoint, request: UdpRequest, handlers: UdpHandlers, network: FakeNetwork) {
    this.local = local;
    this.request = request;
    this.#handlers = handlers;
    this.#network = network;
  }

  send(batch: readonly Datagram[]): void {
    for (const { prefix, payload, start, end, peer, mayFragment } of batch) {
      if (this.#closed) return;
      const allowed = peer.address !== LIMITED_BROADCAST || this.request.broadcast === true;
      const octets = Buffer.concat([octetsOf(prefix), payload.subarray(start, end)]);
      const error = allowed
        ? this.#network.leave({ from: this.local, to: peer, payload: octets, ...(mayFragment && { mayFragment }) })
        : Object.assign(new Error("send EACCES 255.255.255.255"), { code: "EACCES" });
      if (error !== undefined) this.#handlers.onError(error);
    }
  }

  close(): void {
    this.#closed = true;
    this.#network.closed(this);
  }

  /** The payloads are the handler's only until it returns: after that they hold something else. */
  receive(batch: readonly Datagram[]): void {
    const lent = batch.map(({ payload, peer }) => ({ payload: Buffer.from(payload), peer }));
    this.#handlers.onDatagrams(lent, this);
    for (const { payload } of lent) payload.fill(0xee);
  }
}

function octetsOf(prefix: number | undefined): Buffer {
  if (prefix === undefined) return Buffer.alloc(0);
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(prefix);
  return octets;
}
