/** A TFTP client over a real socket, packet by packet. */

import { createSocket, type Socket } from "node:dgram";
import type { Test } from "tap";
import { makeAck, makeRequest, readAnswer, type Answer } from "./tftp-packet.js";

/** Time limit for an answer, in milliseconds. */
const PATIENCE = 10_000;

export class TftpSocket {
  readonly #socket: Socket;
  readonly #service: number;
  readonly #arrived: { readonly answer: Answer; readonly port: number }[] = [];
  #wake: () => void = () => undefined;
  /** The port that the last answer came from. */
  #peer: number;

  private constructor(socket: Socket, service: number) {
    this.#socket = socket;
    this.#service = service;
    this.#peer = service;
    socket.on("message", (payload, { port }) => {
      this.#arrived.push({ answer: readAnswer(payload), port });
      this.#wake();
    });
  }

  /** A client of the service on this port of 127.0.0.1, until the test ends. */
  static async open(t: Test, service: number): Promise<TftpSocket> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    t.teardown(() => socket.close());
    return new TftpSocket(socket, service);
  }

  /** The port that the last answer came from. */
  get peer(): number {
    return this.#peer;
  }

  request(...request: Parameters<typeof makeRequest>): void {
    this.#peer = this.#service;
    this.send(makeRequest(...request));
  }

  send(packet: Buffer): void {
    this.#socket.send(packet, this.#peer, "127.0.0.1");
  }

  /** The next answer, which has arrived or will. */
  async next(): Promise<Answer> {
    if (this.#arrived.length === 0) {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error("no answer came"));
        }, PATIENCE);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const next = this.#arrived.shift();
    if (next === undefined) throw new Error("an answer came, and is gone");
    this.#peer = next.port;
    return next.answer;
  }

  /** Fetches a file in windows of `windowsize` blocks. */
  async fetch(name: string, blksize: number, windowsize: number): Promise<Buffer> {
    this.request(name, { blksize, windowsize, timeout: 1 });
    const granted = await this.next();
    if (granted.kind !== "oack") throw new Error(JSON.stringify(granted));
    this.send(makeAck(0));
    const blocks: Buffer[] = [];
    for (;;) {
      const answer = await this.next();
      if (answer.kind === "oack") continue;
      if (answer.kind !== "data") throw new Error(JSON.stringify(answer));
      if (answer.block !== ((blocks.length + 1) & 0xffff)) {
        // A block that was sent again is here already; at the end of a window the server has to hear which block is missing.
        if (answer.block === (blocks.length & 0xffff)) this.send(makeAck(blocks.length));
        continue;
      }
      blocks.push(answer.octets);
      const last = answer.octets.length < blksize;
      if (last || blocks.length % windowsize === 0) this.send(makeAck(blocks.length));
      if (last) return Buffer.concat(blocks);
    }
  }
}
