import { EnvHttpProxyAgent, interceptors, Pool, type Dispatcher } from "undici";
import { asError } from "../common/error.js";
import { reasonOf, type Reachability } from "./reachability.js";
import { FileError, type Validators } from "./source.js";

const MOST_REDIRECTIONS = 5;

/** What an HTTP server says of a file, before its octets. */
export interface Head {
  readonly status: number;
  /** Of the octets that follow; undefined where the server does not say. */
  readonly length: number | undefined;
  readonly validators: Validators;
}

/** An answer whose octets can be read. */
export interface Answer extends Head {
  readonly body: Dispatcher.ResponseData["body"];
}

/** Connections to servers, with one patience. */
interface Way {
  readonly agent: EnvHttpProxyAgent;
  readonly dispatcher: Dispatcher;
  /** In milliseconds. */
  readonly timeouts: { readonly headersTimeout: number; readonly bodyTimeout: number };
}

/**
 * Asks HTTP servers for files: with patience but not without end, through the proxy that the environment names
 * (`http_proxy`, `https_proxy`, `no_proxy`), following redirections, over connections that are kept.
 */
export class Upstream {
  #patienceSeconds: number;
  #way: Way;
  /** Ways with another patience, where answers are still under way. */
  readonly #former = new Set<Way>();
  readonly #reachability: Reachability | undefined;
  #closed = false;

  /**
   * @param patienceSeconds how long a server may take to accept, to answer, and to send the next octets
   * @param reachability is told how each request ends
   */
  constructor(patienceSeconds: number, reachability?: Reachability) {
    this.#reachability = reachability;
    this.#patienceSeconds = patienceSeconds;
    this.#way = openWay(patienceSeconds);
  }

  /** Another patience, for what is asked from now on. */
  setPatience(seconds: number): void {
    if (seconds === this.#patienceSeconds) return;
    const former = this.#way;
    this.#patienceSeconds = seconds;
    this.#way = openWay(seconds);
    this.#former.add(former);
    void former.agent.close().finally(() => this.#former.delete(former));
  }

  /** @throws {FileError} where no answer comes */
  async head(url: URL): Promise<Head> {
    const answer = await this.#request(url, "HEAD", {});
    answer.body.resume();
    return answer;
  }

  /**
   * Asks for the octets from `offset` on.
   *
   * @param version only of this version, where the server knows versions
   * @throws {FileError} where no answer comes, or one without them
   */
  async get(url: URL, offset: number, version: Validators): Promise<Answer> {
    const answer = await this.#request(url, "GET", offset === 0 ? {} : rangeHeaders(offset, version));
    if (answer.status === 200 || (answer.status === 206 && offset > 0)) return answer;
    discard(answer.body);
    throw refusal(url, answer.status);
  }

  /** Ends all connections. */
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
    // The same for a proxy, and for TLS through it; what has no TLS is asked of it as it is: many tunnel only to 443.
    proxyTls: connect,
    requestTls: connect,
    clientFactory: (proxy, options) => new Pool(proxy, { ...options, ...timeouts }),
    proxyTunnel: false,
  });
  const dispatcher = agent.compose(interceptors.redirect({ maxRedirections: MOST_REDIRECTIONS }));
  return { agent, dispatcher, timeouts };
}

/** Lets go of an answer that is not at its end. Its stream calls that an error; it is what was wanted. */
export function discard(body: Answer["body"]): void {
  body.on("error", () => undefined).destroy();
}

/** What a status that is none of success means. */
export function refusal(url: URL, status: number): FileError {
  const gone = status === 404 || status === 410;
  const kind = gone ? "not-found" : status === 401 || status === 403 ? "forbidden" : "unavailable";
  return new FileError(kind, `${url.href} answered ${status}`);
}

/** What a connection that failed means. */
export function unreachable(url: URL, error: unknown): FileError {
  return new FileError("unavailable", `${url.href} cannot be fetched: ${reasonOf(asError(error))}`);
}

/** RFC 9110 13.1.5: with If-Range a file that has changed comes whole, and is seen to have. */
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
