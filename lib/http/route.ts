import type { IncomingHttpHeaders } from "node:http";
import type { FileCause } from "../events/causes/files.js";
import type { RequestCause } from "../events/causes/transfers.js";
import type { OpenFile } from "../files/source.js";
import type { ClientFacts } from "../machine/directory.js";
import type { Endpoint } from "../os/udp.js";

/** A request as a route sees it. */
export interface HttpRequest {
  readonly method: string;
  /** The path of the target without its query, as `normaliseName` returns it. */
  readonly path: string;
  /** The parameters in the query, unchecked; the first of duplicates. */
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
  /** The client itself, also behind trusted proxies. */
  readonly peer: Endpoint;
  /** The DHCP side's facts about the client at that address. */
  readonly client: ClientFacts | undefined;
}

/** The content of a response with status 200, or 206 for a range. */
export interface Content {
  /** The file; the server closes it. */
  readonly file: OpenFile;
  readonly mediaType: string;
}

/** A response without a file. */
export interface HttpRefusal {
  readonly status: number;
  /** The body; unlike the sentence of the cause it names nothing of this host. */
  readonly text: string;
  readonly cause: FileCause | RequestCause;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Handles a request. @throws {FileError} where it cannot be answered; the server turns that into an HTTP status */
export type Handler = (request: HttpRequest) => Promise<Content | HttpRefusal>;

/** A set of paths, and the handler of their requests. */
export interface Route {
  readonly methods: readonly string[];
  /** Returns the handler for a path; undefined where the route does not match. */
  match(path: string): Handler | undefined;
}

/** The methods of read-only resources. */
export const READING: readonly string[] = ["GET", "HEAD"];
