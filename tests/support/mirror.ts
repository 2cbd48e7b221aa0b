import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Test } from "tap";
import { ChunkCache } from "../../lib/files/chunk-cache.js";
import type { DiskCache } from "../../lib/files/disk-cache.js";
import { Upstream } from "../../lib/files/upstream.js";
import { UrlSource } from "../../lib/files/url.js";
import { ManualClock } from "./manual-clock.js";
import { startWebServer, type WebServer } from "./web-server.js";

/** Differences from the usual mirror. */
export interface MirrorChanges {
  /** Octets that are kept in memory; plenty where a test does not say. */
  readonly memory?: number;
  readonly patienceSeconds?: number;
  readonly disk?: DiskCache;
  /** The path that the source's root has on the server. */
  readonly path?: string;
}

/** A source of files, the real HTTP server behind it, and the time that the source goes by. */
export interface Mirror {
  readonly source: UrlSource;
  readonly server: WebServer;
  readonly clock: ManualClock;
}

/** Starts a server and a source of the files on it; both end with the test. */
export async function startMirror(t: Test, listener: RequestListener, changes: MirrorChanges = {}): Promise<Mirror> {
  const server = await startWebServer(t, listener);
  const { source, clock } = sourceOf(t, `${server.origin}${changes.path ?? "/"}`, changes);
  return { source, server, clock };
}

/** A source of the files below a URL. */
export function sourceOf(
  t: Test,
  root: string,
  { memory = 64 * 1024 * 1024, patienceSeconds = 10, disk }: MirrorChanges = {},
): { readonly source: UrlSource; readonly clock: ManualClock } {
  const clock = new ManualClock();
  const upstream = new Upstream(patienceSeconds);
  t.teardown(() => upstream.close());
  const source = new UrlSource(new URL(root), { upstream, cache: new ChunkCache(memory), clock, disk });
  return { source, clock };
}

/** Answers HEAD and GET with a file, whole or from an offset on, as a web server does. */
export function serveFile(
  octets: Buffer,
  headers: Readonly<Record<string, string>> = { etag: '"1"' },
): RequestListener {
  return (request, response) => {
    answerFile(request, response, octets, headers);
  };
}

export function answerFile(
  request: IncomingMessage,
  response: ServerResponse,
  octets: Buffer,
  headers: Readonly<Record<string, string>>,
): void {
  const condition = request.headers["if-range"];
  const wanted = condition === undefined || condition === headers["etag"] ? request.headers.range : undefined;
  const offset = Number(/^bytes=(\d+)-$/.exec(wanted ?? "")?.[1] ?? 0);
  if (offset > 0 && offset >= octets.length) {
    response.writeHead(416).end();
    return;
  }
  const rest = octets.subarray(offset);
  response.writeHead(offset > 0 ? 206 : 200, { "content-length": rest.length, ...headers });
  response.end(request.method === "HEAD" ? undefined : rest);
}
