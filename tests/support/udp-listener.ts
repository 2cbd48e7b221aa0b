import { createSocket } from "node:dgram";
import type { Test } from "tap";
import type { Endpoint } from "../../lib/os/udp.js";
import { ip } from "./values.js";

/** A real UDP socket on a free port of 127.0.0.1. */
export interface UdpListener {
  readonly endpoint: Endpoint;
  /** The payload of the next datagram, that has arrived or will. */
  readonly next: () => Promise<Buffer>;
}

/** Listens until the test ends. */
export async function startUdpListener(t: Test): Promise<UdpListener> {
  const arrived: Buffer[] = [];
  const waiting: ((payload: Buffer) => void)[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (payload) => {
    const taker = waiting.shift();
    if (taker === undefined) arrived.push(payload);
    else taker(payload);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  t.teardown(() => socket.close());
  return {
    endpoint: { address: ip("127.0.0.1"), port: socket.address().port },
    next: () => {
      const payload = arrived.shift();
      return payload === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(payload);
    },
  };
}
