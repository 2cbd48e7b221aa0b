import type { Transaction } from "../common/transaction.js";
import type { FrameSender } from "../os/frame-sender.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { UdpNetwork } from "../os/udp.js";
import { Link, requireFreePort, type LinkHandlers, type LinkPlace, type Opening, type ServicePort } from "./link.js";

/** Where a server is to be heard. */
export interface LinksOrder {
  readonly places: readonly LinkPlace[];
  readonly ports: readonly ServicePort[];
  /** The address to listen on; 0.0.0.0 for all. */
  readonly listenAddress: Ipv4;
  /** What sends frames out of an interface to machines that have no address yet, where there is such a way. */
  readonly frames: (interfaceName: string) => FrameSender | undefined;
}

/** The server's ports on its interfaces, which may be others while it runs. */
export class Links {
  readonly #network: UdpNetwork;
  readonly #handlers: LinkHandlers;
  #links: readonly Link[] = [];

  constructor(network: UdpNetwork, handlers: LinkHandlers) {
    this.#network = network;
    this.#handlers = handlers;
  }

  /**
   * Opens what is not open yet; what is to be closed is, once it is committed and the last answer has left.
   *
   * @throws the system's error when a port cannot be opened, or what `opening` makes of it; nothing has changed then
   */
  async prepare(order: LinksOrder, opening: Opening): Promise<Transaction> {
    const links: Link[] = [];
    const rollback = (): void => {
      for (const link of links) if (!this.#links.includes(link)) link.close();
    };
    try {
      for (const port of order.ports) {
        await this.#requireFree(port, order, opening);
        for (const place of order.places) {
          links.push(this.#find(place, port) ?? (await opening(port, () => this.#open(place, port, order))));
        }
      }
    } catch (error) {
      rollback();
      throw error;
    }
    const commit = (): void => {
      const dropped = this.#links.filter((link) => !links.includes(link));
      this.#links = links;
      for (const link of dropped) link.retire();
    };
    return { commit, rollback };
  }

  close(): void {
    for (const link of this.#links) link.close();
    this.#links = [];
  }

  async #requireFree(port: ServicePort, { listenAddress, places }: LinksOrder, opening: Opening): Promise<void> {
    const isOurs = this.#links.some((link) => link.port === port.port);
    for (const { interfaceName } of port.service === "dhcp" && !isOurs ? places : []) {
      await opening(port, () => requireFreePort(this.#network, listenAddress, port.port, interfaceName));
    }
  }

  /** What is open already of what is to be. */
  #find({ interfaceName, interfaceIndex, address }: LinkPlace, { service, port }: ServicePort): Link | undefined {
    return this.#links.find(
      (link) =>
        link.interfaceName === interfaceName &&
        link.interfaceIndex === interfaceIndex &&
        link.address === address &&
        link.service === service &&
        link.port === port,
    );
  }

  #open(place: LinkPlace, port: ServicePort, { frames }: LinksOrder): Promise<Link> {
    // Who asks a boot server has an address.
    const sender = port.service === "dhcp" ? frames(place.interfaceName) : undefined;
    return Link.open(this.#network, { ...place, frames: sender }, port, this.#handlers);
  }
}
