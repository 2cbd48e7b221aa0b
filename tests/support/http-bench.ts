/** An HTTP server on a free port of 127.0.0.1, and what its clients and its operator see of it. */

import { Agent, request, type IncomingHttpHeaders } from "node:http";
import type { Test } from "tap";
import { EventBus, type Event } from "../../lib/events/event.js";
import { ChunkCache } from "../../lib/files/chunk-cache.js";
import { FolderSource, LocalFiles } from "../../lib/files/folder.js";
import type { FileSource } from "../../lib/files/source.js";
import type { RequestedFiles } from "../../lib/files/request-facts.js";
import { fileRoute } from "../../lib/http/file-route.js";
import type { Route } from "../../lib/http/route.js";
import { HttpServer, type HttpSettings } from "../../lib/http/server.js";
import { emptyDirectory, type ClientDirectory } from "../../lib/machine/directory.js";
import { isDetail, lineOf } from "../../lib/observe/log-lines.js";
import { systemClock, type Clock } from "../../lib/common/clock.js";
import { ip } from "./values.js";

/** An answer, read to its end. */
export interface Fetched {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The port of ours that the connection came from. */
  readonly localPort: number;
}

export interface FetchOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly agent?: Agent;
}

/** Differences from the usual server, which trusts no proxy and speaks HTTP, in real time. */
export interface BenchOptions extends Partial<HttpSettings> {
  readonly clock?: Clock;
}

export class HttpBench {
  readonly events: Event[] = [];
  /** The events whose line only adds detail to that of another. */
  readonly details: Event[] = [];
  readonly server: HttpServer;

  private constructor(
    routes: readonly Route[],
    directory: ClientDirectory | undefined,
    { clock, ...settings }: BenchOptions,
  ) {
    const bus = new EventBus(clock);
    bus.subscribe((event) => (isDetail(event) ? this.details : this.events).push(event));
    this.server = new HttpServer({
      routes,
      directory: directory ?? emptyDirectory,
      events: bus,
      clock: clock ?? systemClock,
      settings: {
        listen: { address: ip("127.0.0.1"), port: 0 },
        checkAddress: directory !== undefined,
        trustedProxies: [],
        certificate: undefined,
        ...settings,
      },
    });
  }

  /** Serves until the test ends. @param directory of the machines that are served alone; without one, all are */
  static start(
    t: Test,
    files: RequestedFiles,
    directory?: ClientDirectory,
    options: BenchOptions = {},
  ): Promise<HttpBench> {
    return HttpBench.serve(t, [fileRoute(files)], directory, options);
  }

  /** The same with any routes. */
  static async serve(
    t: Test,
    routes: readonly Route[],
    directory?: ClientDirectory,
    options: BenchOptions = {},
  ): Promise<HttpBench> {
    const bench = new HttpBench(routes, directory, options);
    await bench.server.start();
    t.teardown(() => {
      bench.server.stop();
    });
    return bench;
  }

  get port(): number {
    return this.server.local.port;
  }

  fetch(path: string, { method = "GET", headers = {}, agent }: FetchOptions = {}): Promise<Fetched> {
    return new Promise((resolve, reject) => {
      const asked = request({ port: this.port, host: "127.0.0.1", path, method, headers, agent: agent ?? false });
      asked.once("error", reject);
      asked.once("response", (response) => {
        const parts: Buffer[] = [];
        const localPort = response.socket.localPort ?? 0;
        response.on("data", (part: Buffer) => parts.push(part));
        response.once("error", reject);
        response.once("end", () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(parts),
            localPort,
          });
        });
      });
      asked.end();
    });
  }

  /** Returns the lines of the log since the last call. */
  log(): readonly string[] {
    return this.events.splice(0).map((event) => lineOf(event).message);
  }
}

/** The files below a folder. */
export function folderSource(folder: string): FileSource {
  return new FolderSource(folder, new LocalFiles(new ChunkCache(1024 * 1024)));
}
