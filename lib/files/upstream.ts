import { EnvHttpProxyAgent, interceptors, Pool, type Dispatcher } from "undici";
import { asError } from "../common/error.js";
import { reasonOf, type Reachability } from "./reachability.js";
import { FileError, type Validators } from "./source.js";

const MOST_REDIRECTIONS = 5;

/** The head of an HTTP answer. */
export interface Head {
  readonly status: number;
  /** Length of the body in octets; undefined where the server does not report it. */
  readonly length: number | undefined;
  readonly validators: Validators;
}

/** An HTTP answer with its body. */
export interface Answer extends Head {
  readonly body: Dispatcher.ResponseData["body"];
}

/** Connections that share a set of timeouts. */
interface Way {
  readonly agent: EnvHttpProxyAgent;
  readonly dispatcher: Dispatcher;
  /** In milliseconds. */
  readonly timeouts: { readonly headersTimeout: number; readonly bodyTimeout: number };
}

/**
 * An HTTP client that fetches files: with timeouts, through the proxy of the environment (`http_proxy`, `https_proxy`,
 * `no_proxy`), following redirections, over persistent connections.
 */
export class Upstream {
  #patienceSeconds: number;
  #way: Way;
  /** Connections with earlier timeouts that still carry answers. */
  readonly #former = new Set<Way>();
  readonly #reachability: Reachability | undefined;
  #closed = false;

  /**
   * @param patienceSeconds time that a server may take to accept a connection, to answer, and to send the next octets
   * @param reachability receives the outcome of each request
   */
  constructor(patienceSeconds: number, reachability?: Reachability) {
    this.#reachability = reachability;
    this.#patienceSeconds = patienceSeconds;
    this.#way = openWay(patienceSeconds);
  }

  /** Sets the timeout of requests from now on. */
  setPatience(seconds: number): void {
    if (seconds === this.#patienceSeconds) return;
    const former = this.#way;
    this.#patienceSeconds = seconds;
    this.#way = openWay(seconds);
    this.#former.add(former);
    void former.agent.close().finally(() => this.#former.delete(former));
  }

  /** Requests the head of a file. @throws {FileError} where no answer comes */
  async head(url: URL): Promise<Head> {
    const answer = await this.#request(url, "HEAD", {});
    answer.body.resume();
    return answer;
  }

  /**
   * Requests the octets from `offset` on.
   *
   * @param version the version to continue, where the server supports versions
   * @throws {FileError} where there is no answer, or one without the octets
   */
  async get(url: URL, offset: number, version: Validators): Promise<Answer> {
    const answer = await this.#request(url, "GET", offset === 0 ? {} : rangeHeaders(offset, version));
    if (answer.status === 200 || (answer.status === 206 && offset > 0)) return answer;
    discard(answer.body);
    throw refusal(url, answer.status);
  }

  /** Closes all connections. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#way, ...this.#former].map(({ agent }) => agent.destroy()));
  }

  async #request(url: URL, method: "GET" | "HEAD", headers: Record<string, string>): Promise<Answer> {
    const ended = this.#reachability?.begin(url);
    try {
      const path = url.pathname + url.search;
      const { dispatcher, timeouts } = this.#way;
      const {
        statusCode,
        headers: got,
        body,
      } = await dispatcher.request({ origin: url.origin, path, method, headers, ...timeouts });
      ended?.(statusCode);
      const length = /^[0-9]+$/.exec(textOf(got["content-length"]) ?? "")?.[0];
      const validators = { etag: textOf(got["etag"]), modified: dateOf(textOf(got["last-modified"])) };
      return { status: statusCode, length: length === undefined ? undefined : Number(length), validators, body };
    } catch (error) {
      if (!this.#closed) ended?.(asError(error));
      throw unreachable(url, error);
    }
  }
}

function openWay(patienceSeconds: number): Way {
  const patience = patienceSeconds * 1000;
  const connect = { timeout: patience };
  const timeouts = { headersTimeout: patience, bodyTimeout: patience };
  const agent = new EnvHttpProxyAgent({
    connect,
    // Applies the timeout to proxies, and to TLS through them. Plain HTTP is not tunnelled: many proxies tunnel only to
    // 443.
    proxyTls: connect,
    requestTls: connect,
    clientFactory: (proxy, options) => new Pool(proxy, { ...options, ...timeouts }),
    proxyTunnel: false,
  });
  const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: MOST_REDIRECTIONS }));
  return { agent, dispatcher, timeouts };
}

/** Discards the rest of an answer. The stream reports that as an error, which is ignored. */
export function discard(body: Answer["body"]): void {
  body.on("error", () => undefined).destroy();
}

/** Returns the error for an HTTP status other than success. */
export function refusal(url: URL, status: number): FileError {
  const gone = status === 404 || status === 410;
  const forbidden = status === 401 || status === 403;
  const code = gone ? "missing-at-mirror" : forbidden ? "mirror-forbids" : "mirror-failed";
  return new FileError({ code, url: url.href, status });
}

/** Returns the error for a failed connection. */
export function unreachable(url: URL, error: unknown): FileError {
  return new FileError({ code: "mirror-unreachable", url: url.href, error: reasonOf(asError(error)) });
}

/**
 * Builds the headers of a range request. With If-Range, a file that has changed is sent whole, with status 200 (RFC
 * 9110 13.1.5).
 */
function rangeHeaders(offset: number, { etag, modified }: Validators): Record<string, string> {
  const strong = etag === undefined || etag.startsWith("W/") ? undefined : etag;
  const version = strong ?? (modified === undefined ? undefined : new Date(modified).toUTCString());
  return { range: `bytes=${offset}-`, ...(version === undefined ? {} : { "if-range": version }) };
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? header : header?.[0];
}

function dateOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? undefined : time;
}
