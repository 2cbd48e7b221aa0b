import type { IncomingHttpHeaders } from "node:http";
import type { OpenFile } from "../files/source.js";
import type { ClientFacts } from "../machine/directory.js";
import type { Endpoint } from "../os/udp.js";

/** A request, as far as it is a route's business. */
export interface HttpRequest {
  readonly method: string;
  /** The path of the target without its query, as `normaliseName` makes it. */
  readonly path: string;
  /** What is in the query of the target: anything. Of what is there twice the first counts. */
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
  /** Who asks: the machine itself, also where trusted proxies are between. */
  readonly peer: Endpoint;
  /** What the DHCP side knows of the machine at that address. */
  readonly client: ClientFacts | undefined;
}

/** What is sent with 200, or 206 where a part of it was asked. */
export interface Content {
  /** The server closes it. */
  readonly file: OpenFile;
  readonly mediaType: string;
}

/** An answer without a file. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
  /** For the log; it may name paths that are no client's business. */
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Answers a request. @throws {FileError} where there is nothing to send, which the server puts into HTTP's words */
export type Handler = (request: HttpRequest) => Promise<Content | Refusal>;

/** A part of what the server has: the paths of one subject. */
export interface Route {
  readonly methods: readonly string[];
  /** @returns what answers requests for this path; undefined where it is another route's */
  match(path: string): Handler | undefined;
}

/** The methods of what is only read. */
export const READING: readonly string[] = ["GET", "HEAD"];
