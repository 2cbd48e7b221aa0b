import type { Clock } from "../common/clock.js";
import type { Ipv4 } from "../net/ipv4.js";
import type { Datagram, UdpNetwork, UdpSocket } from "../os/udp.js";
import { Channels, type Channel, type ResponseHandler } from "./channels.js";

/** The dependencies of a port. */
export interface PortParts {
  readonly network: UdpNetwork;
  readonly clock: Clock;
  /** Handles datagrams that arrive for the service. */
  readonly onDatagrams: (batch: readonly Datagram[], port: Port) => void;
  readonly onError: (error: Error) => void;
}

/** The service's port on one of the listening addresses, and the channels of its transfers. */
export class Port {
  readonly address: Ipv4;
  readonly number: number;
  readonly #parts: PortParts;
  readonly #listener: UdpSocket;
  /** Channels of transfers on the service's own port (`single_port`), and of those on ephemeral ports. */
  readonly #single: Channels;
  #apart: Channels | undefined;
  readonly #singleOpen = new Set<Channel>();
  readonly #apartOpen = new Set<Channel>();
  #retired = false;
  #closed = false;

  private constructor(listener: UdpSocket, { address, number }: Pick<Port, "address" | "number">, parts: PortParts) {
    this.address = address;
    this.number = number;
    this.#parts = parts;
    this.#listener = listener;
    this.#single = Channels.over(listener, parts.clock);
  }

  /**
   * Opens the port.
   *
   * @throws the system's error when a port cannot be opened
   */
  static async open(wanted: Pick<Port, "address" | "number">, singlePort: boolean, parts: PortParts): Promise<Port> {
    const { address, number } = wanted;
    const opening: { port?: Port } = {};
    const onDatagrams = (batch: readonly Datagram[]): void => {
      // A request that arrives before the port is ready is dropped: the client repeats it.
      if (opening.port !== undefined) parts.onDatagrams(batch, opening.port);
    };
    const listener = await parts.network.open(
      { address, port: number, lockStep: true },
      { onDatagrams, onError: parts.onError },
    );
    const port = new Port(listener, wanted, parts);
    try {
      await port.allow(singlePort);
    } catch (error) {
      port.close();
      throw error;
    }
    opening.port = port;
    return port;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the port accepts no new transfers. */
  get retired(): boolean {
    return this.#retired;
  }

  /** Whether transfers run on the service's own port. */
  get carriesTransfers(): boolean {
    return this.#singleOpen.size > 0;
  }

  /** Opens the sockets that transfers of a kind need. @throws the system's error when one cannot be opened */
  async allow(singlePort: boolean): Promise<void> {
    const { network, clock, onError } = this.#parts;
    if (!singlePort) this.#apart ??= await Channels.open(network, this.address, clock, onError);
  }

  /** Opens a channel for one transfer; `onResponse` handles what the client sends. Call {@link allow} first. */
  openChannel(peer: Datagram["peer"], singlePort: boolean, onResponse: ResponseHandler): Channel {
    const channels = singlePort ? this.#single : this.#apart;
    const open = singlePort ? this.#singleOpen : this.#apartOpen;
    if (channels === undefined) throw new Error("transfers from ports of their own were not allowed for");
    const { send, close } = channels.open(peer, onResponse);
    const channel: Channel = {
      send,
      close: () => {
        close();
        open.delete(channel);
        if (this.#retired) this.#closeUnused();
      },
    };
    open.add(channel);
    return channel;
  }

  /** Handles a packet of a transfer that arrived on the service's own port. */
  receive(datagram: Datagram): void {
    this.#single.receive(datagram);
  }

  /** Sends from the service's own port. */
  send(batch: readonly Datagram[]): void {
    this.#listener.send(batch);
  }

  /** Accepts no new transfers from now on; running ones continue to their end. */
  retire(): void {
    this.#retired = true;
    this.#closeUnused();
  }

  close(): void {
    this.#closed = true;
    this.#listener.close();
    this.#apart?.close();
  }

  #closeUnused(): void {
    if (this.#singleOpen.size > 0) return;
    if (this.#apartOpen.size > 0) this.#listener.close();
    else this.close();
  }
}
