import type { Transaction } from "../common/transaction.js";
import type { FrameSender } from "../os/frame-sender.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { InterfaceAddress } from "../os/interfaces.js";
import type { UdpNetwork } from "../os/udp.js";
import {
  isThere,
  Link,
  requireFreePort,
  type LinkHandlers,
  type LinkPlace,
  type Opening,
  type ServicePort,
} from "./link.js";

/** The interfaces and ports a server listens on. */
export interface LinksOrder {
  readonly places: readonly LinkPlace[];
  readonly ports: readonly ServicePort[];
  /** The address to listen on; 0.0.0.0 for all. */
  readonly listenAddress: Ipv4;
  /** Returns the frame sender of an interface; undefined where frames cannot be sent. */
  readonly frames: (interfaceName: string) => FrameSender | undefined;
}

/** The open ports of the server on its interfaces; they may change while it runs. */
export class Links {
  readonly #network: UdpNetwork;
  readonly #handlers: LinkHandlers;
  #links: readonly Link[] = [];

  constructor(network: UdpNetwork, handlers: LinkHandlers) {
    this.#network = network;
    this.#handlers = handlers;
  }

  /**
   * Opens the links that are missing. The commit closes those no longer wanted, once their last answer has left.
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

  /** Closes the links whose address is none of these; the next order that has them opens them again. */
  keepAt(addresses: readonly InterfaceAddress[]): void {
    const kept = this.#links.filter((link) => isThere(link, addresses));
    for (const link of this.#links) if (!kept.includes(link)) link.close();
    this.#links = kept;
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

  /** Returns the open link for a place and port, if any. */
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
    // Clients of a boot server have an address and need no frames.
    const sender = port.service === "dhcp" ? frames(place.interfaceName) : undefined;
    return Link.open(this.#network, { ...place, frames: sender }, port, this.#handlers);
  }
}
