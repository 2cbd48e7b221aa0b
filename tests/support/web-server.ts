import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Test } from "tap";

/** A request as it came, for a test to look at. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query, as they stood in the request line. */
  readonly target: string;
  readonly headers: IncomingMessage["headers"];
}

/** A real HTTP server on a free port of 127.0.0.1. */
export interface WebServer {
  readonly port: number;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Every request so far. */
  readonly requests: readonly SeenRequest[];
  /** Returns the number of open connections. */
  readonly connections: () => number;
  /** Resolves when a connection that is open now, or the next one to come, is closed. */
  readonly connectionClosed: () => Promise<void>;
}

/** Starts a server that ends with the test. */
export async function startWebServer(t: Test, listener: RequestListener): Promise<WebServer> {
  const requests: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    requests.push({ method, target: url, headers });
    listener(request, response);
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      for (const resolve of waiting.splice(0)) resolve();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    requests,
    connections: () => sockets.size,
    connectionClosed: () => new Promise((resolve) => waiting.push(resolve)),
  };
}
