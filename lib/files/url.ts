import { EnvHttpProxyAgent, interceptors, type Dispatcher } from "undici";
import { FileError, type FileSource, type OpenFile } from "./source.js";

/** How long a mirror may take to accept a connection, to answer, and to send the next octets. */
const PATIENCE_MILLISECONDS = 10_000;
const MOST_REDIRECTIONS = 5;

/**
 * Serves the files below a URL. Nothing is stored: octets are fetched when a client asks for them, and the mirror
 * waits while the client does. Redirections are followed, and the proxy that the environment names (`http_proxy`,
 * `https_proxy`, `no_proxy`) is used.
 */
export class UrlSource implements FileSource {
  readonly #root: URL;
  readonly #dispatcher: Dispatcher;
  readonly #agent: EnvHttpProxyAgent;

  /** @param root ends with a slash */
  constructor(root: URL) {
    this.#root = root;
    this.#agent = new EnvHttpProxyAgent({
      connect: { timeout: PATIENCE_MILLISECONDS },
      headersTimeout: PATIENCE_MILLISECONDS,
      bodyTimeout: PATIENCE_MILLISECONDS,
    });
    this.#dispatcher = this.#agent.compose(interceptors.redirect({ maxRedirections: MOST_REDIRECTIONS }));
  }

  async open(name: string): Promise<OpenFile> {
    const url = new URL(name.split("/").map(encodeURIComponent).join("/"), this.#root);
    const head = await fetchFrom(this.#dispatcher, url, "HEAD", 0);
    head.body.resume();
    // Servers that do not do HEAD say so, or what their GET says is what counts.
    const size = head.statusCode < 400 ? lengthOf(head) : undefined;
    if (head.statusCode >= 400 && head.statusCode !== 405 && head.statusCode !== 501)
      throw refusal(url, head.statusCode);
    return new UrlFile(url, size, this.#dispatcher);
  }

  /** Ends the connections to the mirror. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

class UrlFile implements OpenFile {
  readonly origin: string;
  readonly size: number | undefined;
  readonly #url: URL;
  readonly #dispatcher: Dispatcher;
  #body: Dispatcher.ResponseData["body"] | undefined;
  #octets: AsyncIterator<Buffer> | undefined;
  /** What was fetched beyond what was asked, and where in the file that begins. */
  #rest: Buffer = Buffer.alloc(0);
  #position = 0;

  constructor(url: URL, size: number | undefined, dispatcher: Dispatcher) {
    this.origin = url.href;
    this.#url = url;
    this.size = size;
    this.#dispatcher = dispatcher;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    if (this.#octets === undefined || offset !== this.#position) this.#octets = await this.#start(offset);
    const parts = [this.#rest];
    let held = this.#rest.length;
    while (held < length) {
      const next = await this.#next(this.#octets);
      if (next === undefined) break;
      parts.push(next);
      held += next.length;
    }
    const all = parts.length === 1 ? this.#rest : Buffer.concat(parts);
    const wanted = all.subarray(0, length);
    this.#rest = all.subarray(wanted.length);
    this.#position += wanted.length;
    if (wanted.length < length && this.size !== undefined && this.#position < this.size) {
      throw new FileError("unavailable", `${this.origin} ended at octet ${this.#position} of ${this.size}`);
    }
    return wanted;
  }

  close(): void {
    // Destroying a body that is not at its end is an error of the stream, which is what was wanted.
    this.#body?.on("error", () => undefined).destroy();
    this.#body = undefined;
    this.#octets = undefined;
  }

  async #start(offset: number): Promise<AsyncIterator<Buffer>> {
    this.close();
    const response = await fetchFrom(this.#dispatcher, this.#url, "GET", offset);
    if (response.statusCode !== (offset === 0 ? 200 : 206)) {
      response.body.on("error", () => undefined).destroy();
      throw refusal(this.#url, response.statusCode);
    }
    const length = lengthOf(response);
    if (this.size !== undefined && length !== undefined && length + offset !== this.size) {
      response.body.on("error", () => undefined).destroy();
      throw new FileError("unavailable", `${this.origin} changed its size from ${this.size} to ${length + offset}`);
    }
    this.#body = response.body;
    this.#rest = Buffer.alloc(0);
    this.#position = offset;
    return response.body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async #next(octets: AsyncIterator<Buffer>): Promise<Buffer | undefined> {
    try {
      const next = await octets.next();
      return next.done === true ? undefined : next.value;
    } catch (error) {
      throw unreachable(this.#url, error);
    }
  }
}

async function fetchFrom(
  dispatcher: Dispatcher,
  url: URL,
  method: "GET" | "HEAD",
  offset: number,
): Promise<Dispatcher.ResponseData> {
  const headers = offset === 0 ? {} : { range: `bytes=${offset}-` };
  try {
    return await dispatcher.request({ origin: url.origin, path: url.pathname + url.search, method, headers });
  } catch (error) {
    throw unreachable(url, error);
  }
}

function lengthOf(response: Dispatcher.ResponseData): number | undefined {
  const text = response.headers["content-length"];
  return typeof text === "string" && /^[0-9]+$/.test(text) ? Number(text) : undefined;
}

function refusal(url: URL, status: number): FileError {
  const kind =
    status === 404 || status === 410 ? "not-found" : status === 401 || status === 403 ? "forbidden" : "unavailable";
  return new FileError(kind, `${url.href} answered ${status}`);
}

function unreachable(url: URL, error: unknown): FileError {
  const cause = error instanceof Error ? error.message || error.name : String(error);
  return new FileError("unavailable", `${url.href} cannot be fetched: ${cause}`);
}
