import type { RequestListener, Server } from "node:http";
import type { DropArgument, Socket } from "node:net";
import { descriptorLimit } from "../os/descriptor-limit.js";

/** Many machines may be behind one address, but not as many as there may be in all. */
const MOST = { inAll: 4096, perClient: 1024 };

/**
 * Which part of this process's descriptors the connections of a server may have. Files, requests to mirrors and the other
 * servers' sockets need the rest.
 */
const PART_OF_DESCRIPTORS = 1 / 4;

/** How many requests a connection may send before it got its answer; apt sends ten ahead, firmware none. */
const MOST_AHEAD = 32;

/** How long a client may take to send a request's head, and all of it. */
const HEAD_MILLISECONDS = 20_000;
const REQUEST_MILLISECONDS = 60_000;

/** How long a connection waits for the next request: firmware looks at what it got before it asks for more. */
const IDLE_MILLISECONDS = 75_000;

/** Is told of each connection that is ended, and why. */
export type Refused = (address: string | undefined, port: number | undefined, reason: string) => void;

/** Bounds what clients can hold of a server: connections in all and of one address, and each for how long. */
export function limitConnections(server: Server, refused: Refused, most = MOST): void {
  const inAll = Math.min(most.inAll, Math.floor(descriptorLimit() * PART_OF_DESCRIPTORS));
  server.maxConnections = inAll;
  server.headersTimeout = HEAD_MILLISECONDS;
  server.requestTimeout = REQUEST_MILLISECONDS;
  server.keepAliveTimeout = IDLE_MILLISECONDS;
  const counts = new Map<string, number>();
  server.on("drop", (client?: DropArgument) => {
    refused(client?.remoteAddress, client?.remotePort, `there are ${inAll} connections`);
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const { code = "" } = error;
    const { remoteAddress, remotePort } = socket as Socket;
    // What the system says of a connection that is gone is not the client's fault.
    if (/^(?:HPE|ERR)_/.test(code)) refused(remoteAddress, remotePort, `no request: ${error.message}`);
    answerError(code, socket as Socket);
  });
  server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    const count = (counts.get(address) ?? 0) + 1;
    if (count > most.perClient) {
      refused(socket.remoteAddress, socket.remotePort, `its address has ${most.perClient} connections already`);
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

/**
 * Has the requests of a connection handled one after the other, and ends one that sends too many ahead. A response that
 * has to wait for another one's end would not be told when its connection is gone.
 */
export function inTurn(handle: RequestListener, refused: Refused, most = MOST_AHEAD): RequestListener {
  /** What waits on each connection that has a request under way. */
  const busy = new WeakMap<Socket, (() => void)[]>();
  const goOn = (socket: Socket): void => {
    const next = socket.destroyed ? undefined : busy.get(socket)?.shift();
    if (next === undefined) busy.delete(socket);
    else next();
  };
  return (request, response) => {
    const { socket } = request;
    // What was sent ahead is read on, also when its connection was ended.
    if (socket.destroyed) return;
    const begin = (): void => {
      response.once("close", () => {
        goOn(socket);
      });
      handle(request, response);
    };
    const waiting = busy.get(socket);
    if (waiting === undefined) {
      busy.set(socket, []);
      begin();
    } else if (waiting.length < most) waiting.push(begin);
    else {
      refused(socket.remoteAddress, socket.remotePort, `it sent more than ${most} requests ahead`);
      socket.destroy();
    }
  };
}

/** How errors of the parser are answered that are not just bad requests. */
const ANSWERS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** What was no request is answered where nothing was before it, so that no answer stands within another. */
function answerError(code: string, socket: Socket): void {
  const answer = ANSWERS[code] ?? (code.startsWith("HPE_") ? "400 Bad Request" : undefined);
  if (answer === undefined || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const body = `${answer.slice("400 ".length)}\n`;
  const head = [
    `HTTP/1.1 ${answer}`,
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${body.length}`,
    `Date: ${new Date().toUTCString()}`,
    "Connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => {
    socket.destroy();
  });
}
