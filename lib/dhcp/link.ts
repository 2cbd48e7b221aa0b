import type { FrameSender } from "../os/frame-sender.js";
import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import type { InterfaceAddress } from "../os/interfaces.js";
import type { Datagram, UdpNetwork, UdpSocket } from "../os/udp.js";
import { answeringOrder } from "./answering-order.js";
import type { ReplyOrigins } from "./reply.js";

/** An interface of ours, and the server address for requests that come in on it (RFC 2131 4.1). */
export interface LinkName {
  readonly interfaceName: string;
  readonly address: Ipv4;
}

/** Whether this host has the address of a link on its interface. */
export function isThere({ interfaceName, address }: LinkName, host: readonly InterfaceAddress[]): boolean {
  return host.some((entry) => entry.name === interfaceName && entry.address === address);
}

/** An interface to serve. One recreated under the same name has another index and is another place. */
export interface LinkPlace extends LinkName {
  readonly interfaceIndex: number;
}

/** A port to listen on: the server port, or the boot server port (PXE 2.1 2.2.4), where nothing is broadcast. */
export interface ServicePort {
  readonly service: Service;
  readonly port: number;
}

export type Service = "dhcp" | "boot-server";

/** Opens a port; lets the caller replace the system's error by a more helpful one. */
export type Opening = <T>(port: ServicePort, open: () => Promise<T>) => Promise<T>;

/** Opens a port and keeps the system's error. */
export const openPlainly: Opening = (_, open) => open();

/** The parts a {@link Link} is built from. */
export interface LinkParts extends LinkPlace {
  /** Sends frames to machines without an address; where undefined, they are answered by broadcast. */
  readonly frames: FrameSender | undefined;
}

/** A reply and its destination. */
export interface Answer extends Datagram {
  /** The hardware address to send a frame to; undefined where the system routes the datagram. */
  readonly mac: Mac | undefined;
  /** Where the values of the reply come from, where the server is to tell. */
  readonly origins?: ReplyOrigins | undefined;
}

/** The handlers of received datagrams and of errors. */
export interface LinkHandlers {
  /** @param unicast whether it was sent to the address of the link, not broadcast */
  readonly onDatagram: (datagram: Datagram, link: Link, unicast: boolean) => void;
  readonly onError: (error: Error) => void;
}

/**
 * Octets; room for some thousand requests. With a longer queue an overloaded server would only answer requests whose
 * clients have already retried.
 */
const RECEIVE_BUFFER = 1024 * 1024;

/** A server port on one of our interfaces. */
export class Link implements LinkPlace, ServicePort {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  readonly address: Ipv4;
  readonly service: Service;
  readonly port: number;
  readonly hasFrames: boolean;
  readonly #frames: FrameSender | undefined;
  /** The socket on our own address first; empty before opening and after closing. */
  #sockets: readonly UdpSocket[] = [];
  /** Number of answers yet to leave. */
  #waiting = 0;
  #retired = false;
  #closed = false;

  private constructor({ interfaceName, interfaceIndex, address, frames }: LinkParts, { service, port }: ServicePort) {
    this.service = service;
    this.interfaceName = interfaceName;
    this.interfaceIndex = interfaceIndex;
    this.address = address;
    this.port = port;
    this.hasFrames = frames !== undefined;
    this.#frames = frames;
  }

  /**
   * Opens the sockets of a link.
   *
   * @throws the system's error when the port cannot be opened
   */
  static async open(network: UdpNetwork, parts: LinkParts, port: ServicePort, handlers: LinkHandlers): Promise<Link> {
    const link = new Link(parts, port);
    try {
      await link.#open(network, handlers);
      return link;
    } catch (error) {
      link.close();
      throw error;
    }
  }

  /** Sends an answer. Like any datagram it is lost if the network cannot take it at once. */
  send(answer: Answer): void {
    const [own] = this.#sockets;
    const { mac, peer, payload } = answer;
    if (mac === undefined) own?.send([answer]);
    else if (own !== undefined) this.#frames?.send({ source: own.local, destination: peer, payload, mac });
  }

  /** Keeps the link open, even if retired, until `waiting` resolves. */
  async openDuring(waiting: Promise<void>): Promise<void> {
    this.#waiting += 1;
    await waiting;
    this.#waiting -= 1;
    if (this.#retired) this.retire();
  }

  /** Stops receiving; closes when the last answer has left. */
  retire(): void {
    this.#retired = true;
    if (this.#waiting === 0) this.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const socket of this.#sockets) socket.close();
    this.#frames?.close();
    this.#sockets = [];
  }

  /**
   * Opens the sockets. Broadcasts arrive only on a socket bound to no address or to the broadcast address itself.
   * Replies leave by the socket on our own address: from there the system sends 255.255.255.255 out of the interface
   * with that address.
   */
  async #open(network: UdpNetwork, { onDatagram, onError }: LinkHandlers): Promise<void> {
    const { interfaceName, address, port } = this;
    const take = (unicast: boolean) => (batch: readonly Datagram[]) => {
      if (this.#retired) return;
      for (const datagram of answeringOrder(batch)) onDatagram(datagram, this, unicast);
    };
    const shared = { port, broadcast: true, receiveBuffer: RECEIVE_BUFFER };
    const own = await network.open({ ...shared, address }, { onDatagrams: take(true), onError });
    this.#sockets = [own];
    if (this.service === "boot-server") return;
    const all = { ...shared, address: UNSPECIFIED, interfaceName };
    this.#sockets = [own, await network.open(all, { onDatagrams: take(false), onError })];
  }
}

/**
 * Fails if the port is taken. Our two sockets share the port, so without this check another DHCP server could share it
 * unnoticed.
 *
 * @param interfaceName the interface to check; a server bound to another interface does not count
 * @throws the system's error when another process has the port, or this one lacks the permission
 */
export async function requireFreePort(
  network: UdpNetwork,
  address: Ipv4,
  port: number,
  interfaceName: string,
): Promise<void> {
  const ignore = { onDatagrams: () => undefined, onError: () => undefined };
  (await network.open({ address, port, interfaceName }, ignore)).close();
}
