import { createHash } from "node:crypto";
import { EnvHttpProxyAgent, type Dispatcher } from "undici";
import { asError } from "../../common/error.js";
import { formatProblem } from "../../config/problem.js";
import { entriesOf } from "../entry.js";
import { parseAside } from "../file/parse-aside.js";
import { ReadingError, type Reading, type RemoteReader } from "../remote/reader.js";
import { readText } from "./body.js";
import { redirectionOf } from "./redirection.js";
import { shownUrl, withoutCredentials } from "./shown-url.js";
import { retrySeconds } from "./retry-after.js";

/** Most redirections to follow. */
const MOST_REDIRECTIONS = 5;

/** Time that a server may take to accept a connection, to answer, and to send the next octets, in milliseconds. */
const PATIENCE = 10_000;

/** Reads a YAML or JSON file of machines at a URL. */
export class UrlReader implements RemoteReader {
  readonly name: string;
  readonly identity: string;
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent = new EnvHttpProxyAgent({ connect: { timeout: PATIENCE } });

  /** @param url may have credentials, which are sent by HTTP's basic scheme (RFC 7617) */
  constructor(url: URL) {
    this.#url = withoutCredentials(url);
    this.name = shownUrl(url);
    // The query may hold a token.
    this.identity = `${this.name} ${hashOf(this.#url.href).slice(0, 16)}`;
    this.#headers = { accept: "application/yaml, application/json, text/plain, */*;q=0.5", ...authorizationOf(url) };
  }

  async read(cursor: string | undefined, signal: AbortSignal): Promise<Reading> {
    const { statusCode: status, headers, body } = await this.#get(cursor, signal);
    if (status !== 200) {
      body.on("error", () => undefined).destroy();
      if (status === 304) return { kind: "same" };
      throw new ReadingError(`it answered ${status}`, retrySeconds(headers["retry-after"], Date.now()));
    }
    const text = await readText(body);
    const next = cursorOf(headers, text);
    return next === cursor
      ? { kind: "same" }
      : { kind: "whole", cursor: next, entries: await this.#parse(text, signal) };
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #get(cursor: string | undefined, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    let url = this.#url;
    for (let count = 0; count <= MOST_REDIRECTIONS; count++) {
      const answer = await this.#request(url, cursor, signal);
      if (answer.statusCode < 300 || answer.statusCode === 304 || answer.statusCode >= 400) return answer;
      answer.body.on("error", () => undefined).destroy();
      url = redirectionOf(url, answer.headers["location"]);
    }
    throw new ReadingError(`it redirects more than ${MOST_REDIRECTIONS} times`);
  }

  async #request(url: URL, cursor: string | undefined, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const headers = { ...this.#headers, ...conditionOf(cursor) };
    const path = url.pathname + url.search;
    const timeouts = { headersTimeout: PATIENCE, bodyTimeout: PATIENCE };
    try {
      return await this.#agent.request({ origin: url.origin, path, method: "GET", headers, signal, ...timeouts });
    } catch (error) {
      const { message, code } = asError(error) as NodeJS.ErrnoException;
      throw new ReadingError(message === "" ? (code ?? "no connection") : message);
    }
  }

  async #parse(text: string, signal: AbortSignal): Promise<ReturnType<typeof entriesOf>> {
    const [start = ""] = text.trimStart().split("\n", 1);
    if (start.startsWith("<")) {
      throw new ReadingError(`expected machines in YAML or JSON, got ${JSON.stringify(start.slice(0, 80))}`);
    }
    const { hosts, problems } = await parseAside({ text, source: this.name, directory: "/" }, signal);
    const [problem, ...more] = problems;
    if (problem === undefined) return entriesOf(hosts);
    const others = more.length === 0 ? "" : `, and ${more.length} more`;
    const told = formatProblem("", problem)
      .replace(/^:([0-9]+)/, "line $1")
      .replace(/^[ :]+/, "");
    throw new ReadingError(`${told}${others}`);
  }
}

function authorizationOf({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** Returns the cursor of a version: its entity tag, its date, or else a digest of its text. */
function cursorOf({ etag, "last-modified": modified }: Dispatcher.ResponseData["headers"], text: string): string {
  if (typeof etag === "string") return `etag ${etag}`;
  return typeof modified === "string" ? `date ${modified}` : `text ${hashOf(text)}`;
}

/** Returns the headers that ask for a newer version than that of a cursor (RFC 9110 13.1). */
function conditionOf(cursor = ""): Readonly<Record<string, string>> {
  const [, kind, value = ""] = /^(etag|date) (.*)$/s.exec(cursor) ?? [];
  if (kind === undefined) return {};
  return kind === "etag" ? { "if-none-match": value } : { "if-modified-since": value };
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
