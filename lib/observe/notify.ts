import type { Transaction } from "../common/transaction.js";
import type { Event, EventBus } from "../events/event.js";
import { formatIpv4, UNSPECIFIED } from "../net/ipv4.js";
import { formatMac } from "../net/mac.js";
import type { Endpoint, UdpNetwork, UdpSocket } from "../os/udp.js";

/**
 * Sends notices about leases by UDP in PyBootd's format: `BOOT,uuid,mac,ip` when firmware takes an address,
 * `LEASE,[uuid,]mac,ip` when an operating system does, `RELEASE,[uuid,]mac,ip` when it is released.
 */
export class Notifier {
  readonly #network: UdpNetwork;
  readonly #events: EventBus;
  /** The endpoints to notify. */
  #listeners: readonly Endpoint[] = [];
  #socket: UdpSocket | undefined;
  readonly #unsubscribe: () => void;

  constructor(network: UdpNetwork, events: EventBus) {
    this.#network = network;
    this.#events = events;
    this.#unsubscribe = events.subscribe((event) => {
      const text = this.#socket === undefined ? undefined : noticeOf(event);
      if (text !== undefined) this.#socket?.send(this.#listeners.map((peer) => ({ payload: Buffer.from(text), peer })));
    });
  }

  /** Prepares to notify these endpoints. @throws the system's error when no socket can be opened */
  async prepare(listeners: readonly Endpoint[]): Promise<Transaction> {
    const socket = this.#socket ?? (listeners.length === 0 ? undefined : await this.#open());
    return {
      commit: () => {
        this.#socket = socket;
        this.#listeners = listeners;
      },
      rollback: () => {
        if (socket !== this.#socket) socket?.close();
      },
    };
  }

  stop(): void {
    this.#unsubscribe();
    this.#socket?.close();
  }

  #open(): Promise<UdpSocket> {
    return this.#network.open(
      { address: UNSPECIFIED, port: 0 },
      {
        onDatagrams: () => undefined,
        onError: (error) => {
          this.#events.publish({ kind: "failed", where: "notifying", error });
        },
      },
    );
  }
}

function noticeOf(event: Event): string | undefined {
  if (event.kind !== "dhcp-leased" && event.kind !== "dhcp-released") return undefined;
  const { uuid, mac } = event.machine;
  const word = event.kind === "dhcp-released" ? "RELEASE" : event.stage === "firmware" ? "BOOT" : "LEASE";
  const identity = uuid === undefined ? [] : [uuid];
  return [word, ...identity, formatMac(mac, ":"), formatIpv4(event.address)].join(",");
}
