import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer, Server as TlsServer } from "node:https";
import { asError } from "../common/error.js";
import type { Transaction } from "../common/transaction.js";
import { formatIpv4 } from "../net/ipv4.js";
import type { Endpoint } from "../os/udp.js";
import type { Certificate } from "./certificate.js";
import { inTurn, limitConnections, type Refused } from "./connections.js";

/** Where to listen, and by which protocol. */
export interface ListenSettings {
  readonly listen: Endpoint;
  /** The certificate for HTTPS; undefined for HTTP. */
  readonly certificate: Certificate | undefined;
}

/** The functions that a port calls. */
export interface ListenHandlers {
  readonly onRequest: RequestListener;
  readonly onRefused: Refused;
  /** @param where what failed, in words for a message */
  readonly onError: (where: string, error: Error) => void;
}

/**
 * Length of the queue of pending connections. A rack that is switched on connects all at once, and a refused client
 * waits for a second or more.
 */
const WAITING_CONNECTIONS = 4096;
/** Time limit for a TLS handshake. */
const HANDSHAKE_MILLISECONDS = 20_000;

/** A socket that listens, and its settings. */
interface Listener extends ListenSettings {
  readonly server: Server;
}

/** The port of an HTTP server, which may move while it is open. */
export class ListeningPort {
  readonly #handlers: ListenHandlers;
  /** Undefined while the port is closed. */
  #listener: Listener | undefined;
  /** Sockets that no longer listen but may still send responses. */
  readonly #retired = new Set<Server>();

  constructor(handlers: ListenHandlers) {
    this.#handlers = handlers;
  }

  /** The address and port that are open. */
  get local(): Endpoint {
    const bound = this.#listener?.server.address();
    if (this.#listener === undefined || bound === null || typeof bound !== "object") {
      throw new Error("the HTTP server does not listen");
    }
    return { address: this.#listener.listen.address, port: bound.port };
  }

  /**
   * Prepares a change of the settings. Responses in progress continue to their end.
   *
   * @param next undefined to close the port
   * @throws the system's error when the port cannot be opened; the former one is open then
   */
  async prepare(next: ListenSettings | undefined): Promise<Transaction> {
    const former = this.#listener;
    const kept = next !== undefined && former !== undefined && canKeep(former, next) ? former : undefined;
    const opened = next === undefined || kept !== undefined ? undefined : await this.#open(next);
    const madeRoom = this.#listener !== former;
    return {
      commit: () => {
        if (kept === undefined) {
          this.#retire();
          this.#listener = opened;
          return;
        }
        const certificate = next?.certificate;
        if (kept.server instanceof TlsServer && certificate !== undefined) kept.server.setSecureContext(certificate);
      },
      rollback: () => {
        if (opened !== undefined) close(opened.server);
        if (former !== undefined && madeRoom) void this.#reopen(former);
      },
    };
  }

  /** Closes every connection and the port. */
  stop(): void {
    for (const server of this.#retired) close(server);
    if (this.#listener !== undefined) close(this.#listener.server);
    this.#listener = undefined;
  }

  /**
   * Opens another socket. Where the present one may be what has its port (0.0.0.0 overlaps every address, and HTTP and
   * HTTPS need a socket each), that one stops listening first.
   */
  async #open(next: ListenSettings): Promise<Listener> {
    const former = this.#listener;
    try {
      return await this.#listen(next);
    } catch (error) {
      const { code }: NodeJS.ErrnoException = asError(error);
      if (former?.listen.port !== next.listen.port || code !== "EADDRINUSE") throw error;
    }
    this.#retire();
    try {
      return await this.#listen(next);
    } catch (error) {
      await this.#reopen(former);
      throw error;
    }
  }

  /** Listens again as before a change that does not take place. */
  async #reopen(former: ListenSettings): Promise<void> {
    try {
      this.#listener = await this.#listen(former);
    } catch (error) {
      this.#handlers.onError("opening the HTTP port again", asError(error));
    }
  }

  #listen({ listen, certificate }: ListenSettings): Promise<Listener> {
    const { onRequest, onRefused, onError } = this.#handlers;
    const server = makeServer(certificate, onRequest, onRefused);
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      const { port, address } = listen;
      server.listen({ port, host: formatIpv4(address), backlog: WAITING_CONNECTIONS }, () => {
        server.off("error", reject);
        server.on("error", (error) => {
          onError("the HTTP port", error);
        });
        resolve({ listen, certificate, server });
      });
    });
  }

  /** Stops listening; connections are closed once they are idle. */
  #retire(): void {
    const server = this.#listener?.server;
    if (server === undefined) return;
    this.#listener = undefined;
    this.#retired.add(server);
    server.close(() => {
      this.#retired.delete(server);
    });
  }
}

/**
 * Whether the listening socket can stay. The certificate can be replaced while it listens; a change between HTTP and
 * HTTPS takes another socket.
 */
function canKeep(
  { listen, certificate: former }: ListenSettings,
  { listen: next, certificate }: ListenSettings,
): boolean {
  const sameProtocol = (certificate === undefined) === (former === undefined);
  return sameProtocol && listen.address === next.address && listen.port === next.port;
}

function makeServer(certificate: Certificate | undefined, onRequest: RequestListener, onRefused: Refused): Server {
  const handleInTurn = inTurn(onRequest, onRefused);
  // Without this option Node.js answers such requests itself, without a Content-Length and without a log entry: see
  // faultOf() of the server.
  const options = { requireHostHeader: false };
  const server =
    certificate === undefined
      ? createServer(options, handleInTurn)
      : createTlsServer({ ...options, ...certificate, handshakeTimeout: HANDSHAKE_MILLISECONDS }, handleInTurn);
  server.on("checkExpectation", handleInTurn);
  limitConnections(server, onRefused);
  return server;
}

function close(server: Server): void {
  server.close();
  server.closeAllConnections();
}
