import type { RequestListener, Server } from "node:http";
import type { DropArgument, Socket } from "node:net";
import type { PacketCause } from "../events/causes/packets.js";
import { descriptorLimit } from "../os/descriptor-limit.js";

/** Most connections. Many clients may share an address, but not as many as there may be in all. */
const MOST = { inAll: 4096, perClient: 1024 };

/**
 * The share of the process's descriptors that the connections of a server may use. Files, requests to mirrors and the
 * sockets of the other services need the rest.
 */
const PART_OF_DESCRIPTORS = 1 / 4;

/** Most requests that a connection may send before it receives a response; apt pipelines ten, firmware none. */
const MOST_AHEAD = 32;

/** Time limits for the head of a request, and for the whole request. */
const HEAD_MILLISECONDS = 20_000;
const REQUEST_MILLISECONDS = 60_000;

/** Time limit for the next request on a connection: firmware processes a file before it requests the next. */
const IDLE_MILLISECONDS = 75_000;

/** A function that is called with each connection that is closed, and the cause. */
export type Refused = (address: string | undefined, port: number | undefined, cause: PacketCause) => void;

/** Limits the connections of clients: in all, by address, and in duration. */
export function limitConnections(server: Server, refused: Refused, most = MOST): void {
  const inAll = Math.min(most.inAll, Math.floor(descriptorLimit() * PART_OF_DESCRIPTORS));
  server.maxConnections = inAll;
  server.headersTimeout = HEAD_MILLISECONDS;
  server.requestTimeout = REQUEST_MILLISECONDS;
  server.keepAliveTimeout = IDLE_MILLISECONDS;
  const counts = new Map<string, number>();
  server.on("drop", (client?: DropArgument) => {
    refused(client?.remoteAddress, client?.remotePort, { code: "too-many-connections", of: "all", count: inAll });
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const { code = "" } = error;
    const { remoteAddress, remotePort } = socket as Socket;
    // A system error on a closed connection is not the client's fault.
    if (/^(?:HPE|ERR)_/.test(code)) refused(remoteAddress, remotePort, { code: "not-http", flaw: error.message });
    answerError(code, socket as Socket);
  });
  server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    const count = (counts.get(address) ?? 0) + 1;
    if (count > most.perClient) {
      const cause = { code: "too-many-connections", of: "address", count: most.perClient } as const;
      refused(socket.remoteAddress, socket.remotePort, cause);
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
 * Handles the requests of a connection one after the other, and closes a connection that pipelines too many. A response
 * that waits for an earlier one is not told when its connection closes.
 */
export function inTurn(handle: RequestListener, refused: Refused, most = MOST_AHEAD): RequestListener {
  /** The waiting requests of each connection that has one in progress. */
  const busy = new WeakMap<Socket, (() => void)[]>();
  const goOn = (socket: Socket): void => {
    const next = socket.destroyed ? undefined : busy.get(socket)?.shift();
    if (next === undefined) busy.delete(socket);
    else next();
  };
  return (request, response) => {
    const { socket } = request;
    // Node.js still parses pipelined requests after the connection was closed.
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
      refused(socket.remoteAddress, socket.remotePort, { code: "too-many-ahead", count: most });
      socket.destroy();
    }
  };
}

/** The status lines for parser errors other than a bad request. */
const ANSWERS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/**
 * Answers invalid input only if nothing was sent before, so that the answer does not end up inside another response.
 */
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
