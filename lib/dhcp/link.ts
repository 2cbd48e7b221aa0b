import type { FrameSender } from "../os/frame-sender.js";
import { UNSPECIFIED, type Ipv4 } from "../net/ipv4.js";
import type { Mac } from "../net/mac.js";
import type { Datagram, UdpNetwork, UdpSocket } from "../os/udp.js";
import { answeringOrder } from "./answering-order.js";

/** Which of our interfaces a request came in on, and the address that it knows us by (RFC 2131 4.1). */
export interface LinkName {
  readonly interfaceName: string;
  readonly address: Ipv4;
}

/** An interface to serve. One that was made anew under its former name has another index, and is another place. */
export interface LinkPlace extends LinkName {
  readonly interfaceIndex: number;
}

/** A port of ours: that of servers, or that of boot servers (PXE 2.1 2.2.4), where nothing is broadcast. */
export interface ServicePort {
  readonly service: Service;
  readonly port: number;
}

export type Service = "dhcp" | "boot-server";

/** Opens a port; for a caller that says more of what goes wrong than the system does. */
export type Opening = <T>(port: ServicePort, open: () => Promise<T>) => Promise<T>;

/** Says what the system says. */
export const openPlainly: Opening = (_, open) => open();

/** An interface that is to be served. */
export interface LinkParts extends LinkPlace {
  /** What sends frames to machines that have no address yet; without, such machines are answered by broadcast. */
  readonly frames: FrameSender | undefined;
}

/** A reply, and where it goes. */
export interface Answer extends Datagram {
  /** The machine to send it to in a frame; undefined where the system finds the way to the peer. */
  readonly mac: Mac | undefined;
}

/** What to do with what arrives. */
export interface LinkHandlers {
  /** @param unicast whether it was sent to the address of the link alone */
  readonly onDatagram: (datagram: Datagram, link: Link, unicast: boolean) => void;
  readonly onError: (error: Error) => void;
}

/**
 * Some thousand requests. With more that wait, machines would be answered that have asked again meanwhile, and a server
 * that is asked too much would answer nobody in time.
 */
const RECEIVE_BUFFER = 1024 * 1024;

/** A port of the server's on one of our interfaces. */
export class Link implements LinkPlace, ServicePort {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  readonly address: Ipv4;
  readonly service: Service;
  readonly port: number;
  readonly hasFrames: boolean;
  readonly #frames: FrameSender | undefined;
  /** The one on our own address first; none before it is open, nor when it is closed. */
  #sockets: readonly UdpSocket[] = [];
  /** How many answers are yet to leave here. */
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

  /** @throws the system's error when the port cannot be opened */
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

  /** What the network is not ready to send is lost, as any datagram may be. */
  send(answer: Answer): void {
    const [own] = this.#sockets;
    const { mac, peer, payload } = answer;
    if (mac === undefined) own?.send([answer]);
    else if (own !== undefined) this.#frames?.send({ source: own.local, destination: peer, payload, mac });
  }

  /** Stays open, also when it is retired, until what has to be waited for is over. */
  async openDuring(waiting: Promise<void>): Promise<void> {
    this.#waiting += 1;
    await waiting;
    this.#waiting -= 1;
    if (this.#retired) this.retire();
  }

  /** Nothing is heard here any more; it is closed when the last answer has left. */
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
   * Broadcasts arrive only on a socket that is bound to no address, or to the broadcast address itself. Replies leave by
   * the socket on our own address: from there the system sends 255.255.255.255 out of the interface that has it.
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
 * Two sockets of ours share the port, which would let another DHCP server share it too and go unnoticed.
 *
 * @param interfaceName one that a server of another interface alone does not disturb
 * @throws the system's error when another program has the port, or this one may not have it
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
