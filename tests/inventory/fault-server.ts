/** A real HTTP server of one document on loopback, which a test stops, starts, slows down and breaks. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Test } from "tap";

/** How the server answers: with its document, half of it, a status, another text, after a while, or elsewhere. */
export type Mood =
  | { readonly kind: "well" }
  | { readonly kind: "half" }
  | { readonly kind: "status"; readonly status: number; readonly retryAfter?: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "silent" }
  | { readonly kind: "redirect"; readonly to: string };

/** A server that may be away. */
export class FaultServer {
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();
  #port = 0;
  #version = 0;
  #document = "{}";
  mood: Mood = { kind: "well" };
  /** Whether it tells versions from each other by ETag. */
  hasTags = true;
  /** Its answers so far, by status; 0 for none. */
  readonly answers: number[] = [];
  /** The headers of the last request. */
  headers: IncomingMessage["headers"] = {};

  /** Starts a server that ends with the test. */
  static async open(t: Test): Promise<FaultServer> {
    const server = new FaultServer();
    await server.start();
    t.teardown(() => server.stop());
    return server;
  }

  get port(): number {
    return this.#port;
  }

  /** The document from now on. */
  set document(text: string) {
    this.#document = text;
    this.#version += 1;
  }

  /** Listens, on the port that it had before. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      this.#answer(request, response);
    });
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Refuses connections, and cuts those that are open. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { mood } = this;
    this.headers = request.headers;
    const tag = `"${this.#version}"`;
    const send = (status: number, headers: Record<string, string | number>, text = ""): void => {
      this.answers.push(status);
      response.writeHead(status, headers);
      response.end(text);
    };
    switch (mood.kind) {
      case "well": {
        const headers: Record<string, string> = this.hasTags ? { etag: tag } : {};
        if (this.hasTags && request.headers["if-none-match"] === tag) send(304, headers);
        else send(200, headers, this.#document);
        return;
      }
      case "half":
        this.answers.push(200);
        response.writeHead(200, { "content-length": this.#document.length });
        response.write(this.#document.slice(0, this.#document.length / 2), () => response.destroy());
        return;
      case "status":
        send(mood.status, mood.retryAfter === undefined ? {} : { "retry-after": mood.retryAfter });
        return;
      case "text":
        send(200, {}, mood.text);
        return;
      case "redirect":
        send(302, { location: mood.to });
        return;
      case "silent":
        this.answers.push(0);
    }
  }
}
