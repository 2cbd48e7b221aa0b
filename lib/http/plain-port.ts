import type { RequestListener } from "node:http";
import type { Transaction } from "../common/transaction.js";
import type { EventBus } from "../events/event.js";
import { parseIpv4, UNSPECIFIED } from "../net/ipv4.js";
import { openingPort } from "../os/start-error.js";
import type { Endpoint } from "../os/udp.js";
import { ListeningPort } from "./listening-port.js";

/** The parts of a {@link PlainPort}. */
export interface PlainPortParts {
  readonly events: EventBus;
  readonly onRequest: RequestListener;
  /** The name that users know it by. */
  readonly service: string;
  /** The section and option that set the port. */
  readonly option: string;
}

/** A port for small requests by HTTP, bounded as that of boot files, which says why it cannot be opened. */
export class PlainPort {
  readonly #parts: PlainPortParts;
  readonly #port: ListeningPort;

  constructor(parts: PlainPortParts) {
    const { events, onRequest } = parts;
    this.#parts = parts;
    this.#port = new ListeningPort({
      onRequest,
      onRefused: (address = "", port = 0, cause) => {
        const peer = { address: parseIpv4(address) ?? UNSPECIFIED, port };
        events.publish({ kind: "packet-dropped", protocol: "HTTP", peer, cause });
      },
      onError: (where, error) => {
        events.publish({ kind: "failed", where, error });
      },
    });
  }

  /**
   * Prepares to listen at an address and port.
   *
   * @param listen undefined to close the port
   * @throws {StartError} where the port cannot be opened
   */
  prepare(listen: Endpoint | undefined): Promise<Transaction> {
    if (listen === undefined) return this.#port.prepare(undefined);
    const { service, option } = this.#parts;
    return openingPort({ service, option, ...listen, protocol: "tcp" }, () =>
      this.#port.prepare({ listen, certificate: undefined }),
    );
  }

  /** Closes the port and its connections. */
  stop(): void {
    this.#port.stop();
  }
}
