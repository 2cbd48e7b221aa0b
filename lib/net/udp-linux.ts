import { createSocket, type Socket } from "node:dgram";
import { constants } from "node:os";
import { formatIpv4, parseIpv4, type Ipv4 } from "./ipv4.js";
import type { Libc } from "./libc.js";
import { BATCH_SIZE, MessageBatch } from "./mmsg.js";
import {
  requireIpv4,
  type Datagram,
  type Endpoint,
  type UdpHandlers,
  type UdpNetwork,
  type UdpRequest,
  type UdpSocket,
} from "./udp.js";

// Numbers of Linux's socket interface, the same on every 64-bit architecture we know (asm-generic/socket.h).
const AF_INET = 2;
const SOCK_DGRAM_NONBLOCK_CLOEXEC = 2 | 0o4000 | 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_BROADCAST = 6;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_BINDTODEVICE = 25;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const MSG_DONTWAIT = 0x40;

/**
 * Packets that wait for an answer to ARP stay charged to the socket that sent them: with the usual buffer a few
 * readers that do not exist would stop every transfer of a shared socket.
 */
const BUFFER_SIZE = 16 * 1024 * 1024;

/** How many batches one wake-up may drain before others get their turn. */
const MOST_BATCHES = 16;

/** Errors of one datagram: the next one may go elsewhere. */
const { EINTR, EAGAIN } = constants.errno;

/**
 * A network over the system's own calls: what waits on a socket is taken with one call, and what is answered meanwhile
 * is sent with one call. `node:dgram` only wakes us.
 */
export function linuxNetwork(libc: Libc): UdpNetwork {
  const incoming = new MessageBatch(libc);
  const outgoing = new MessageBatch(libc);
  return {
    async open(request, handlers) {
      const descriptor = openDescriptor(libc, request);
      const socket = createSocket("udp4");
      await bindDescriptor(socket, descriptor);
      return new LinuxSocket({ libc, descriptor, socket, incoming, outgoing }, handlers);
    },
  };
}

interface Parts {
  readonly libc: Libc;
  readonly descriptor: number;
  readonly socket: Socket;
  readonly incoming: MessageBatch;
  readonly outgoing: MessageBatch;
}

class LinuxSocket implements UdpSocket {
  readonly local: Endpoint;
  readonly #parts: Parts;
  readonly #handlers: UdpHandlers;
  #queue: Datagram[] = [];
  /** Whether somebody will flush the queue: the handler that is running, or a microtask. */
  #flushing = false;
  #closed = false;

  constructor(parts: Parts, handlers: UdpHandlers) {
    const { address, port } = parts.socket.address();
    this.local = { address: requireIpv4(address), port };
    this.#parts = parts;
    this.#handlers = handlers;
    parts.socket.on("error", (error) => {
      handlers.onError(error);
    });
    parts.socket.on("message", (payload, sender) => {
      this.#drain({ payload, peer: { address: parseIpv4(sender.address) ?? (0 as Ipv4), port: sender.port } });
    });
  }

  send(batch: readonly Datagram[]): void {
    for (const datagram of batch) this.#queue.push(datagram);
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flush();
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#parts.socket.close();
  }

  /** Takes the datagram that woke us and all that came with it. */
  #drain(first: Datagram): void {
    const { libc, descriptor, incoming } = this.#parts;
    this.#flushing = true;
    try {
      this.#handlers.onDatagrams([first], this);
      for (let round = 0; round < MOST_BATCHES && !this.#closed; round++) {
        const count = libc.recvmmsg(descriptor, incoming.headers, BATCH_SIZE, MSG_DONTWAIT, null);
        if (count <= 0) break;
        const batch = Array.from({ length: count }, (_, slot) => incoming.received(slot));
        this.#handlers.onDatagrams(batch, this);
        if (count < BATCH_SIZE) break;
        this.#flush();
        this.#flushing = true;
      }
    } finally {
      this.#flush();
    }
  }

  #flush(): void {
    this.#flushing = false;
    const queue = this.#queue;
    if (queue.length === 0 || this.#closed) return;
    this.#queue = [];
    const { outgoing } = this.#parts;
    for (let start = 0; start < queue.length; start += BATCH_SIZE) {
      const count = Math.min(BATCH_SIZE, queue.length - start);
      for (let slot = 0; slot < count; slot++) {
        const datagram = queue[start + slot];
        if (datagram !== undefined) outgoing.put(slot, datagram);
      }
      this.#sendSlots(queue, start, count);
    }
  }

  /** Sends what the slots hold. The system stops at the first datagram it refuses: that one is told of and passed over. */
  #sendSlots(queue: readonly Datagram[], start: number, count: number): void {
    const { libc, descriptor, outgoing } = this.#parts;
    for (let sent = 0; sent < count;) {
      const result = libc.sendmmsg(descriptor, outgoing.from(sent), count - sent, MSG_DONTWAIT);
      if (result > 0) sent += result;
      else {
        const code = libc.errno();
        if (code === EINTR) continue;
        if (code === EAGAIN) {
          // The buffer is full: what is left would meet the same. Who waits for it asks again.
          this.#handlers.onError(systemError(code, `sendmmsg of ${count - sent} datagrams`));
          return;
        }
        const peer = queue[start + sent]?.peer;
        const where = peer === undefined ? "" : ` to ${formatIpv4(peer.address)}:${peer.port}`;
        this.#handlers.onError(systemError(code, `sendmmsg${where}`));
        sent += 1;
      }
    }
  }
}

function openDescriptor(libc: Libc, { address, port, broadcast = false, interfaceName }: UdpRequest): number {
  const descriptor = libc.socket(AF_INET, SOCK_DGRAM_NONBLOCK_CLOEXEC, 0);
  if (descriptor < 0) throw systemError(libc.errno(), "socket");
  const setNumber = (option: number, value: number): boolean => {
    const memory = Buffer.alloc(4);
    memory.writeInt32LE(value);
    return libc.setsockopt(descriptor, SOL_SOCKET, option, memory, memory.length) === 0;
  };
  if (broadcast) setNumber(SO_REUSEADDR, 1);
  if (broadcast) setNumber(SO_BROADCAST, 1);
  // The first of each pair goes past the limit for all, and needs a privilege.
  if (!setNumber(SO_SNDBUFFORCE, BUFFER_SIZE)) setNumber(SO_SNDBUF, BUFFER_SIZE);
  if (!setNumber(SO_RCVBUFFORCE, BUFFER_SIZE)) setNumber(SO_RCVBUF, BUFFER_SIZE);
  const name = Buffer.alloc(16);
  name.writeUInt16LE(AF_INET, 0);
  name.writeUInt16BE(port, 2);
  name.writeUInt32BE(address, 4);
  if (interfaceName !== undefined) {
    // Older kernels want a privilege for this; without it the socket hears the other interfaces too.
    const device = Buffer.from(`${interfaceName}\0`);
    libc.setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, device, device.length);
  }
  if (libc.bind(descriptor, name, name.length) === 0) return descriptor;
  const code = libc.errno();
  libc.close(descriptor);
  throw systemError(code, `bind ${formatIpv4(address)}:${port}`);
}

function bindDescriptor(socket: Socket, descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind({ fd: descriptor }, () => {
      socket.off("error", reject);
      resolve();
    });
  });
}

/** An error as Node.js makes them: its code is the system's name for it. */
function systemError(number: number, call: string): NodeJS.ErrnoException {
  const code = Object.entries(constants.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
  return Object.assign(new Error(`${call}: ${code}`), { code, errno: number, syscall: call });
}
