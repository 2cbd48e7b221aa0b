import type { IncomingMessage, ServerResponse } from "node:http";
import { combine, onCommit, type Transaction } from "../common/transaction.js";
import type { FileCause } from "../events/causes/files.js";
import type { TransferCause } from "../events/causes/transfers.js";
import type { EventBus } from "../events/event.js";
import { FileError } from "../files/source.js";
import type { ClientDirectory } from "../machine/directory.js";
import type { Clock } from "../common/clock.js";
import { asError } from "../common/error.js";
import { parseIpv4, UNSPECIFIED } from "../net/ipv4.js";
import type { Subnet } from "../net/subnet.js";
import type { Endpoint } from "../os/udp.js";
import { clientAddress } from "./client-address.js";
import { ListeningPort, type ListenSettings } from "./listening-port.js";
import { answerTo } from "./answer.js";
import type { Content, HttpRequest, HttpRefusal, Route } from "./route.js";
import { deliveryOf, sendOctets, sendRefusal, TransferError } from "./send.js";
import { WriteTurns } from "./write-turns.js";

/** The dependencies of an HTTP server, and its initial settings. */
export interface HttpServerParts extends HttpOrder {
  readonly directory: ClientDirectory;
  readonly events: EventBus;
  readonly clock: Clock;
}

/** The settings that a reload can change. */
export interface HttpOrder {
  /** The routes; the first that matches a path handles the request. */
  readonly routes: readonly Route[];
  readonly settings: HttpSettings;
}

/** The settings of the server. */
export interface HttpSettings extends ListenSettings {
  /** Whether to serve only clients that hold an address of this server. */
  readonly checkAddress: boolean;
  /** The networks whose X-Forwarded-For header is trusted. */
  readonly trustedProxies: readonly Subnet[];
}

/** A request and its response. */
interface Exchange {
  readonly response: ServerResponse;
  /** The request target as received. */
  readonly target: string;
  readonly method: string;
  /** The refusal of a request that violates HTTP. */
  readonly fault: HttpRefusal | undefined;
  readonly facts: Omit<HttpRequest, "path" | "query">;
}

/** A server of routes by HTTP/1.1 or HTTPS. */
export class HttpServer {
  readonly #parts: HttpServerParts;
  readonly #turns: WriteTurns;
  readonly #port: ListeningPort;
  #order: HttpOrder;

  constructor(parts: HttpServerParts) {
    const { clock, events } = parts;
    this.#parts = parts;
    this.#turns = new WriteTurns(clock);
    this.#order = parts;
    this.#port = new ListeningPort({
      onRequest: (request, response) => {
        this.#handle(request, response).catch((error: unknown) => {
          response.destroy();
          events.publish({ kind: "failed", where: "answering an HTTP request", error: asError(error) });
        });
      },
      onRefused: (sender = "", port = 0, cause) => {
        const peer = { address: parseIpv4(sender) ?? UNSPECIFIED, port };
        events.publish({ kind: "packet-dropped", protocol: "HTTP", peer, cause });
      },
      onError: (where, error) => {
        events.publish({ kind: "failed", where, error });
      },
    });
  }

  /** The address and port that the server listens on, once started. */
  get local(): Endpoint {
    return this.#port.local;
  }

  /**
   * Starts to listen.
   *
   * @throws the system's error when the port cannot be opened
   */
  async start(): Promise<void> {
    (await this.prepare(this.#order)).commit();
  }

  /**
   * Prepares a change of routes and settings. Responses in progress continue to their end.
   *
   * @param next undefined to stop listening
   * @throws the system's error when the port cannot be opened
   */
  async prepare(next: HttpOrder | undefined): Promise<Transaction> {
    const moved = await this.#port.prepare(next?.settings);
    return combine([moved, onCommit(() => (this.#order = next ?? this.#order))]);
  }

  /** Closes every connection and the port. */
  stop(): void {
    this.#port.stop();
  }

  #exchange(request: IncomingMessage, response: ServerResponse): Exchange {
    const { directory } = this.#parts;
    const { settings } = this.#order;
    const { socket, headers, url: target = "/", method = "" } = request;
    const sender = parseIpv4(socket.remoteAddress ?? "") ?? UNSPECIFIED;
    const forwarded = headers["x-forwarded-for"]?.toString();
    const address = clientAddress(sender, forwarded, settings.trustedProxies);
    const peer = { address, port: socket.remotePort ?? 0 };
    const fault = faultOf(request);
    return { response, target, method, fault, facts: { method, headers, peer, client: directory.find(address) } };
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const exchange = this.#exchange(request, response);
    const ended = this.#parts.directory.reading(exchange.facts.peer.address);
    try {
      const answer = await this.#answer(exchange);
      if ("status" in answer) this.#refuse(exchange, answer);
      else await this.#send(exchange, answer);
    } finally {
      ended();
    }
  }

  async #answer({ target, method, fault, facts }: Exchange): Promise<Content | HttpRefusal> {
    if (fault !== undefined) return fault;
    const { routes, settings } = this.#order;
    return answerTo({ target, method, facts }, { routes, checkAddress: settings.checkAddress });
  }

  async #send(exchange: Exchange, content: Content): Promise<void> {
    const { response, target: name, method, facts } = exchange;
    const { clock, events } = this.#parts;
    const turns = this.#turns;
    const { file } = content;
    const about = { peer: facts.peer, mac: facts.client?.mac, name };
    const started = clock.now();
    let sent = 0;
    try {
      const delivery = deliveryOf(method, facts.headers, content);
      if ("text" in delivery) {
        this.#refuse(exchange, delivery);
        return;
      }
      const { status, headers } = delivery;
      response.writeHead(status, headers);
      if (method === "HEAD") response.end();
      else {
        const { octets: size } = delivery;
        events.publish({ kind: "transfer-began", protocol: "HTTP", ...about, origin: file.origin, size });
        await sendOctets(response, file, delivery, { clock, turns }, (octets) => {
          sent += octets;
        });
      }
      const seconds = (clock.now() - started) / 1000;
      events.publish({ kind: "http-served", ...about, method, status, octets: sent, seconds });
    } catch (error) {
      // The headers are already sent: closing the connection is the only way to tell the client.
      response.destroy();
      const cause = causeOf(asError(error));
      events.publish({ kind: "transfer-failed", ...about, origin: file.origin, octets: sent, cause });
    } finally {
      file.close();
    }
  }

  #refuse({ response, target: name, method, facts: { peer, client } }: Exchange, refusal: HttpRefusal): void {
    sendRefusal(response, refusal, method === "HEAD");
    const { cause } = refusal;
    this.#parts.events.publish({ kind: "file-refused", protocol: "HTTP", peer, mac: client?.mac, name, cause });
  }
}

/** Returns the cause for the error that ended a response. */
function causeOf(error: Error): FileCause | TransferCause {
  if (error instanceof FileError || error instanceof TransferError) return error.cause;
  return { code: "connection-lost", error: error.message };
}

/**
 * Returns the refusal of an invalid head: RFC 9112 3.2 requires Host in HTTP/1.1, RFC 9110 10.1.1 defines a single
 * Expect.
 */
function faultOf({ httpVersion, headers: { host, expect } }: IncomingMessage): HttpRefusal | undefined {
  if (httpVersion === "1.1" && host === undefined) {
    return { status: 400, text: "Bad Request", cause: { code: "no-host-header" } };
  }
  if (expect === undefined || expect.toLowerCase() === "100-continue") return undefined;
  return { status: 417, text: "Expectation Failed", cause: { code: "expectation-failed", expect } };
}
