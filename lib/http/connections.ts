import type { Server } from "node:http";
import type { Socket } from "node:net";

/** Many machines may be behind one address, but not as many as there may be in all. */
const MOST = { inAll: 4096, perClient: 1024 };

/** How long a client may take to send a request's head, and all of it. */
const HEAD_MILLISECONDS = 20_000;
const REQUEST_MILLISECONDS = 60_000;

/** How long a connection waits for the next request: firmware looks at what it got before it asks for more. */
const IDLE_MILLISECONDS = 75_000;

/** Bounds what clients can hold of a server: connections in all and of one address, and each for how long. */
export function limitConnections(server: Server, most = MOST): void {
  server.maxConnections = most.inAll;
  server.headersTimeout = HEAD_MILLISECONDS;
  server.requestTimeout = REQUEST_MILLISECONDS;
  server.keepAliveTimeout = IDLE_MILLISECONDS;
  const counts = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    const count = (counts.get(address) ?? 0) + 1;
    if (count > most.perClient) {
      socket.destroy();
      return;
    }
    counts.set(address, count);
    socket.once("close", () => {
      const left = (counts.get(address) ?? 1) - 1;
      if (left > 0) counts.set(address, left);
      else counts.delete(address);
    });
  });
}
