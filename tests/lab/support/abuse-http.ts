/**
 * Abuse of HTTP; a program to be run on a host of the lab: `node abuse-http.js KIND SERVER CONNECTIONS SECONDS LEFT`. It
 * says `open` once all are connected, or were refused, and `done N` at the end, N being how many connections were left
 * then; it waits for a while until those are not more than LEFT.
 */

import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import type { Host, LabProcess } from "./lab.js";

const PROGRAM = fileURLToPath(import.meta.url);
const REQUEST = "GET /large.bin HTTP/1.1\r\nHost: x\r\n";
const CHUNK = 131_072;
/** Where the queue of connections overflowed, the system asks for them again, for half a minute. */
const PATIENCE = 45_000;

/** The actions of a connection once it is open, by kind. */
const KINDS = {
  /** Nothing. */
  idle: () => undefined,
  /** Asks for a part of a large file that nobody else asks for, and reads an octet a second. */
  slow: (socket: Socket, index: number): void => {
    socket.pause();
    socket.write(`${REQUEST}Range: bytes=${index * CHUNK}-\r\n\r\n`);
    setInterval(() => void socket.read(1), 1000);
  },
  /** Reads all of a large file, as quickly as it comes. */
  quick: (socket: Socket): void => {
    socket.resume();
    socket.write(`${REQUEST}\r\n`);
  },
  /** A header that never ends, an octet a second. */
  drip: (socket: Socket): void => {
    socket.write(REQUEST);
    setInterval(() => socket.write("x"), 1000);
  },
  /** Eight mebibytes of header. */
  huge: (socket: Socket): void => {
    socket.write(`${REQUEST}X: ${"a".repeat(8 * 1024 * 1024)}\r\n\r\n`);
  },
  /** Ten thousand requests at once, whose answers nobody reads. */
  pipeline: (socket: Socket): void => {
    socket.pause();
    socket.write(`${REQUEST}\r\n`.repeat(10_000));
  },
  /** A body that never ends. */
  body: (socket: Socket): void => {
    socket.write(`POST /boot.0 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const more = `10000\r\n${"a".repeat(65_536)}\r\n`;
    const write = (): void => {
      if (!socket.destroyed) socket.write(more, () => setTimeout(write, 10));
    };
    write();
  },
} satisfies Readonly<Record<string, (socket: Socket, index: number) => void>>;

/** The kind of abuse. */
export type HttpAbuse = keyof typeof KINDS;

/** Against whom, how, and how many connections should be left at the end. */
export interface HttpAbuseTerms {
  readonly server: string;
  readonly connections: number;
  readonly seconds: number;
  readonly left: number;
}

/** Starts it on a host. */
export function startHttpAbuse(host: Host, kind: HttpAbuse, about: HttpAbuseTerms): LabProcess {
  const { server, connections, seconds, left } = about;
  const words = [kind, server, `${connections}`, `${seconds}`, `${left}`];
  return host.start("prlimit", ["--nofile=10000", process.execPath, PROGRAM, ...words]);
}

async function run([
  kind = "",
  server = "",
  connections = "",
  seconds = "",
  left = "",
]: readonly string[]): Promise<void> {
  const act = KINDS[kind as HttpAbuse];
  const open = new Set<Socket>();
  const connecting = Array.from({ length: Number(connections) }, (_, index) => {
    const socket = connect(80, server);
    socket.on("error", () => undefined);
    socket.once("close", () => open.delete(socket));
    return new Promise<void>((resolve) => {
      socket.once("close", () => {
        resolve();
      });
      socket.once("connect", () => {
        open.add(socket);
        act(socket, index);
        resolve();
      });
    });
  });
  await Promise.all(connecting);
  process.stdout.write("open\n");
  await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
  const end = performance.now() + PATIENCE;
  while (open.size > Number(left) && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 100));
  process.stdout.write(`done ${open.size}\n`);
}

if (process.argv[1] === PROGRAM) {
  await run(process.argv.slice(2));
  process.exit();
}
