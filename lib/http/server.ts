import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Change } from "../change.js";
import type { EventBus } from "../events.js";
import { normaliseName } from "../files/names.js";
import { FileError, type FileSource, type OpenFile } from "../files/source.js";
import type { ClientDirectory } from "../leases/directory.js";
import type { Clock } from "../net/clock.js";
import { formatIpv4, parseIpv4, UNSPECIFIED } from "../net/ipv4.js";
import type { Endpoint } from "../net/udp.js";
import { mediaTypeOf } from "./media-type.js";
import { parseRange } from "./range.js";
import { asError } from "../net/error.js";

/** What the server is made of. */
export interface HttpServerParts extends HttpOrder {
  readonly directory: ClientDirectory;
  readonly events: EventBus;
  readonly clock: Clock;
}

/** What may be another while it runs. */
export interface HttpOrder {
  readonly files: FileSource;
  readonly settings: HttpSettings;
}

/** What it goes by. */
export interface HttpSettings {
  readonly listen: Endpoint;
  /** Serve only machines that hold an address of ours. */
  readonly checkAddress: boolean;
}

/** An answer without a file. */
interface Refusal {
  readonly status: number;
  readonly text: string;
  /** For the log; it may name paths that are no client's business. */
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const METHODS = ["GET", "HEAD"];

/** Serves files by HTTP/1.1. */
export class HttpServer {
  readonly #parts: HttpServerParts;
  #order: HttpOrder;
  /** What listens; undefined before it is started. */
  #listener: Server | undefined;
  /** Those that listen no more, where answers may still be under way. */
  readonly #retired = new Set<Server>();

  constructor(parts: HttpServerParts) {
    this.#parts = parts;
    this.#order = parts;
  }

  /** The address and port it listens on, once started. */
  get local(): Endpoint {
    const bound = this.#listener?.address();
    if (bound === null || typeof bound !== "object") throw new Error("the HTTP server does not listen");
    return { address: this.#order.settings.listen.address, port: bound.port };
  }

  /** @throws the system's error when the port cannot be opened */
  async start(): Promise<void> {
    (await this.prepare(this.#order)).commit();
  }

  /**
   * Makes ready to go by something else. Answers that are under way go on to their ends.
   *
   * @param next undefined to listen no more
   * @throws the system's error when the port cannot be opened
   */
  async prepare(next: HttpOrder | undefined): Promise<Change> {
    const former = this.#listener;
    const stays = former !== undefined && next !== undefined && this.#listensOn(next.settings.listen);
    const listener = stays || next === undefined ? undefined : await this.#listen(next.settings.listen);
    return {
      commit: () => {
        this.#order = next ?? this.#order;
        if (stays) return;
        this.#listener = listener;
        if (former !== undefined) this.#retire(former);
      },
      abandon: () => {
        if (listener !== undefined) close(listener);
      },
    };
  }

  /** Ends every connection and closes the port. */
  stop(): void {
    for (const listener of [this.#listener, ...this.#retired]) if (listener !== undefined) close(listener);
    this.#listener = undefined;
  }

  #listensOn({ address, port }: Endpoint): boolean {
    const { listen } = this.#order.settings;
    return listen.address === address && listen.port === port;
  }

  #listen({ address, port }: Endpoint): Promise<Server> {
    const { events } = this.#parts;
    const listener = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        response.destroy();
        events.publish({ kind: "failed", where: "answering an HTTP request", error: asError(error) });
      });
    });
    return new Promise((resolve, reject) => {
      listener.once("error", reject);
      listener.listen(port, formatIpv4(address), () => {
        listener.off("error", reject);
        listener.on("error", (error) => {
          events.publish({ kind: "failed", where: "the HTTP port", error });
        });
        resolve(listener);
      });
    });
  }

  /** Its connections end when they have nothing under way. */
  #retire(listener: Server): void {
    this.#retired.add(listener);
    listener.close(() => {
      this.#retired.delete(listener);
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { directory } = this.#parts;
    const { settings } = this.#order;
    const peer = peerOf(request);
    const mac = directory.find(peer.address)?.mac;
    const target = request.url ?? "/";
    const refuse = (refusal: Refusal): void => {
      this.#refuse(request, response, refusal);
      const { reason } = refusal;
      this.#parts.events.publish({ kind: "file-refused", protocol: "HTTP", peer, mac, name: target, reason });
    };
    if (!METHODS.includes(request.method ?? "")) {
      const reason = `the method ${request.method ?? ""} is not served`;
      refuse({ status: 405, text: "Method Not Allowed", reason, headers: { allow: METHODS.join(", ") } });
      return;
    }
    if (settings.checkAddress && mac === undefined) {
      const reason = "check_ip is on, and the machine holds no address of ours";
      refuse({ status: 401, text: "Unauthorized: only for machines that got their address here", reason });
      return;
    }
    const file = await this.#open(target);
    if (!(file instanceof FileError)) await this.#send(request, response, file, target, peer);
    else refuse(refusalFor(file));
  }

  async #open(target: string): Promise<OpenFile | FileError> {
    const name = nameIn(target);
    if (name === undefined) return new FileError("forbidden", "the path leads out of the root, or is none");
    try {
      const file = await this.#order.files.open(name);
      if (file.size !== undefined) return file;
      file.close();
      return new FileError("unavailable", `${file.origin} does not tell its size, and is too large to be measured`);
    } catch (error) {
      if (error instanceof FileError) return error;
      throw error;
    }
  }

  async #send(
    request: IncomingMessage,
    response: ServerResponse,
    file: OpenFile,
    target: string,
    peer: Endpoint,
  ): Promise<void> {
    const { clock, directory, events } = this.#parts;
    const started = clock.now();
    const mac = directory.find(peer.address)?.mac;
    const size = file.size ?? 0;
    const range = rangeOf(request, size);
    if (range === "unsatisfiable") {
      file.close();
      const headers = { "content-range": `bytes */${size}` };
      const reason = `the file has ${size} octets, not ${request.headers.range ?? ""}`;
      this.#refuse(request, response, { status: 416, text: "Range Not Satisfiable", reason, headers });
      events.publish({ kind: "file-refused", protocol: "HTTP", peer, mac, name: target, reason });
      return;
    }
    const start = range?.start ?? 0;
    const octets = range === undefined ? size : range.end - range.start + 1;
    const status = range === undefined ? 200 : 206;
    response.writeHead(status, {
      "content-type": mediaTypeOf(nameIn(target) ?? ""),
      "content-length": octets,
      "accept-ranges": "bytes",
      ...(range === undefined ? {} : { "content-range": `bytes ${range.start}-${range.end}/${size}` }),
    });
    const method = request.method ?? "";
    let sent = 0;
    const count = (chunk: Buffer): void => {
      sent += chunk.length;
    };
    try {
      if (method === "HEAD") response.end();
      else await pipeline(Readable.from(chunksOf(file, start, octets, count)), response);
      const seconds = (clock.now() - started) / 1000;
      events.publish({ kind: "http-served", peer, mac, method, name: target, status, octets: sent, seconds });
    } catch (error) {
      // The length was promised already: all that is left is to end the connection, so that the client knows.
      response.destroy();
      const reason = error instanceof Error ? error.message : String(error);
      events.publish({ kind: "transfer-failed", peer, mac, name: target, origin: file.origin, octets: sent, reason });
    } finally {
      file.close();
    }
  }

  #refuse(request: IncomingMessage, response: ServerResponse, { status, text, headers }: Refusal): void {
    const body = `${text}\n`;
    const common = { "content-type": "text/plain; charset=utf-8", "content-length": Buffer.byteLength(body) };
    response.writeHead(status, { ...common, ...headers });
    response.end(request.method === "HEAD" ? undefined : body);
  }
}

/** Ends every connection too. */
function close(listener: Server): void {
  listener.close();
  listener.closeAllConnections();
}

async function* chunksOf(
  file: OpenFile,
  start: number,
  length: number,
  count: (chunk: Buffer) => void,
): AsyncGenerator<Buffer> {
  const end = start + length;
  for (let offset = start; offset < end;) {
    const chunk = await file.chunkAt(offset);
    if (chunk.length === 0) throw new FileError("unavailable", `${file.origin} ended too early`);
    const wanted = chunk.subarray(0, end - offset);
    offset += wanted.length;
    yield wanted;
    count(wanted);
  }
}

/** RFC 9110 14.2: a Range header says something in a GET only. */
function rangeOf({ method, headers }: IncomingMessage, size: number): ReturnType<typeof parseRange> {
  return method === "GET" ? parseRange(headers.range, size) : undefined;
}

/** The name of the file in a request target (RFC 9112 3.2): its path, decoded, without the query. */
function nameIn(target: string): string | undefined {
  try {
    return normaliseName(decodeURIComponent(target.replace(/[?#].*$/s, "").replace(/^[a-z]+:\/\/[^/]*/i, "")));
  } catch {
    return undefined;
  }
}

function peerOf({ socket }: IncomingMessage): Endpoint {
  return { address: parseIpv4(socket.remoteAddress ?? "") ?? UNSPECIFIED, port: socket.remotePort ?? 0 };
}

function refusalFor({ kind, message: reason }: FileError): Refusal {
  switch (kind) {
    case "not-found":
      return { status: 404, text: "Not Found", reason };
    case "forbidden":
      return { status: 403, text: "Forbidden", reason };
    case "unavailable":
      return { status: 502, text: "Bad Gateway", reason };
  }
}
